// One run from a seed: hosts, a brain, agents, random plans, faults. Whoever dies is started again, as
// launch does; after the faults are over everything must come to its end.
import type { AgentConfig, Config } from '../../agents/protocol/config.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import type { Disk } from '../../agents/store/disk.ts';
import type { Doorbell } from '../../agents/store/doorbell.ts';
import type { Log } from '../../agents/process/log.ts';
import { openStop, playAgent, playBrain } from './cast.ts';
import type { Stage } from './cast.ts';
import { openDice } from './dice.ts';
import type { Dice } from './dice.ts';
import { openFaults } from './faults.ts';
import type { Draw, FaultKind, Faults } from './faults.ts';
import { openGate } from './gate.ts';
import { HostView } from './host-view.ts';
import { Host } from './host.ts';
import { Life } from './life.ts';
import { createMemoryDisk } from './memory-disk.ts';
import { MemoryTree } from './memory-tree.ts';
import type { Mutation } from './mutations.ts';
import { inventScenario } from './scenario.ts';
import type { Scenario } from './scenario.ts';
import { Timeline } from './timeline.ts';
import { Trace } from './trace.ts';
import { Undo } from './undo.ts';
import { Witness } from './witness.ts';
import type { AgentCard } from './witness.ts';
import { inventPlays } from './workload.ts';
import type { Play } from './workload.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly faults: readonly FaultKind[];
  /** A broken build: what the checker must catch. */
  readonly mutation?: Mutation | undefined;
  /** Keys of the only faults that are played, and names of tasks that are left out: a schedule that is shrunk. */
  readonly only?: ReadonlySet<string> | undefined;
  readonly omit?: ReadonlySet<string> | undefined;
}

export interface Role {
  readonly name: string;
  readonly host: Host;
  readonly play: (stage: Stage) => Promise<void>;
  /** A second brain is not started again. */
  readonly isPermanent: boolean;
  lives: number;
  life: Life | null;
  stop: ReturnType<typeof openStop> | null;
}

const RESTART_MS_MAX = 12_000;
const CARD_MIB = 8192;
const EPOCH_MS = Date.UTC(2026, 10, 21);
const HOUR_MS = 3_600_000;

export class Simulation {
  readonly timeline = new Timeline();
  readonly trace: Trace = new Trace(() => this.timeline.nowMs);
  readonly tree: MemoryTree = new MemoryTree(() => this.timeline.nowMs);
  readonly dice: Dice;
  readonly faults: Faults;
  readonly scenario: Scenario;
  readonly plays: readonly Play[];
  readonly agents: readonly AgentConfig[];
  readonly hosts: readonly Host[];
  readonly witness: Witness;
  readonly roles: Role[] = [];
  /** Calls of the CLI that are under way, and what cuts each off. */
  readonly calls = new Map<Life, () => void>();
  isClosing = false;
  private readonly deafness: Dice;
  private readonly options: SimulationOptions;
  private readonly bells = new Map<string, { readonly life: Life; readonly bell: Doorbell }[]>();

  constructor(options: SimulationOptions) {
    this.options = options;
    const { seed, faults: kinds, only } = options;
    this.dice = openDice(seed, 'world');
    this.scenario = inventScenario(seed, kinds);
    const { untilMs, config } = this.scenario;
    this.faults = openFaults({ seed, kinds, untilMs, leaseMs: config.agent.leaseMs, only });
    this.deafness = this.faults.diceFor('deaf');
    this.plays = inventPlays(seed, options.omit);
    this.agents = this.inventAgents();
    if (this.faults.has('power')) this.tree.undo = new Undo();
    this.witness = new Witness({
      tree: this.tree,
      nowMs: () => this.timeline.nowMs,
      leaseMs: config.agent.leaseMs,
      noticeMs: noticeMsOf(config.agent),
      plays: this.plays,
      mayRevive: this.faults.has('operator'),
      agents: this.agents.map((agent) => cardOf(agent, config)),
    });
    this.hosts = this.inventHosts();
    this.tree.onTouch = (path) => this.ring(path);
    this.addRole('brain', this.hosts[0]!, playBrain);
    for (const agent of this.agents) {
      this.addRole(agent.name, this.dice.pick(this.hosts), (stage) => playAgent(stage, agent));
    }
  }

  get config(): Config {
    return this.scenario.config;
  }

  addRole(name: string, host: Host, play: Role['play'], isPermanent = true): Role {
    const role: Role = { name, host, play, isPermanent, lives: 0, life: null, stop: null };
    this.roles.push(role);
    return role;
  }

  /** Starts a new life of a process; whatever ends it, but a clean stop, is followed by another. */
  start(role: Role): void {
    const { name, host } = role;
    const { mutation } = this.options;
    role.lives += 1;
    const who = `${name}#${role.lives}`;
    const dice = openDice(this.options.seed, who);
    const life = new Life(who, this.timeline, dice, host.wallOffsetMs);
    const stop = openStop();
    Object.assign(role, { life, stop });
    const stage: Stage = {
      life,
      host,
      dice,
      config: mutation?.config?.(this.config, who) ?? this.config,
      disk: this.diskFor(life, host, dice, this.faults.drawFor(who)),
      log: this.logOf(life),
      shutdown: stop,
      listen: (path, bell) => this.listen(path, life, bell),
    };
    void role.play(stage).then(
      () => this.ended(life, null),
      (error: unknown) => this.ended(life, error as Error),
    );
  }

  diskFor(life: Life, host: Host, dice: Dice, draw: Draw | null): Disk {
    const nowMs = (): number => this.timeline.nowMs;
    const die = (): void => this.kill(life);
    const gate = openGate({ life, dice, draw, trace: this.trace, nowMs, die });
    const disk = createMemoryDisk(this.tree, { gate, view: host.view, nowMs });
    return this.options.mutation?.disk?.(disk, life.name) ?? disk;
  }

  /** No promise of this process resolves any more. */
  kill(life: Life): void {
    if (!life.isAlive) return;
    life.isAlive = false;
    const role = this.roles.find((one) => one.life === life);
    if (role !== undefined) this.restartLater(role, life);
  }

  lifeOf(name: string, host: Host): Life {
    const life = new Life(name, this.timeline, this.dice, host.wallOffsetMs);
    host.enrol(life);
    return life;
  }

  private restartLater(role: Role, life: Life): void {
    if (!role.isPermanent || this.isClosing) return;
    const { nowMs } = this.timeline;
    const dice = this.faults.diceFor(`restart after ${life.name}`);
    // Some are away for longer than a lease.
    const mostMs = dice.chance(0.1) ? 2 * this.config.agent.leaseMs : RESTART_MS_MAX;
    const delayMs = nowMs > this.faults.untilMs ? 200 : mostMs * dice.next() ** 3;
    this.timeline.after(delayMs, () => {
      if (role.life === life && !this.isClosing) this.start(role);
    });
  }

  private ended(life: Life, error: Error | null): void {
    if (!life.isAlive) return;
    const said = error === null ? 'ends' : `ends: ${error.message}`;
    this.trace.note(life.name, said);
    if (error !== null && !isExpected(error)) {
      this.witness.onBreach(`a process broke: ${life.name}: ${error.stack ?? error.message}`);
    }
    this.kill(life);
  }

  private listen(path: string, life: Life, bell: Doorbell): void {
    const all = (this.bells.get(path) ?? []).filter((one) => one.life.isAlive);
    this.bells.set(path, [...all, { life, bell }]);
  }

  private ring(path: string): void {
    const dice = this.deafness;
    for (const { life, bell } of this.bells.get(path) ?? []) {
      if (this.faults.has('deaf') && this.faults.allows('deaf') && dice.chance(0.7)) {
        this.trace.count('deaf');
        continue;
      }
      life.deliver(2 * this.dice.next(), () => bell.ring());
    }
  }

  private logOf(life: Life): Log {
    const write = (fields: object | string, text?: string): void => {
      const error = (fields as { readonly err?: Error }).err;
      const what =
        text === undefined
          ? JSON.stringify(fields)
          : `${text} ${error?.message ?? JSON.stringify(fields)}`;
      this.trace.note(life.name, what);
      if (error !== undefined && !isExpected(error)) {
        this.witness.onBreach(`nobody expected: ${life.name}: ${error.stack ?? error.message}`);
      }
    };
    const log = {
      trace: write,
      debug: write,
      info: write,
      warn: write,
      error: write,
      fatal: write,
    };
    return log as unknown as Log;
  }

  private inventHosts(): Host[] {
    const { seed } = this.options;
    const { timeline, tree, faults, trace, witness: audience } = this;
    const nowMs = (): number => timeline.nowMs;
    return ['ant', 'bee', 'cat'].slice(0, this.dice.between(1, 3)).map((name) => {
      const delayMs = faults.allows(`stale ${name}`) ? this.scenario.lookupDelayMs : 0;
      const onStale = (): void => trace.count('stale');
      const view = new HostView(tree, openDice(seed, `view ${name}`), nowMs, delayMs, onStale);
      const parts = { timeline, tree, view, audience, dice: openDice(seed, `host ${name}`) };
      // No two clocks agree, by hours.
      const wallMs = EPOCH_MS + this.dice.between(-12, 12) * HOUR_MS;
      return new Host(name, parts, wallMs);
    });
  }

  private inventAgents(): AgentConfig[] {
    const cards = this.dice.between(1, 2);
    const agents: AgentConfig[] = [];
    for (let n = 1; n <= cards; n++)
      agents.push({ name: `gpu-${n}`, kind: 'simulated', vramMib: CARD_MIB });
    agents.push({ name: 'cpu-1', kind: 'cpu', slots: this.dice.between(1, 3) });
    return agents;
  }
}

/** Two looks outside that show no claim, with a cache in between. */
const noticeMsOf = (agent: Config['agent']): number =>
  2.5 * agent.heartbeatIntervalMs + agent.pollIntervalMs + 2 * agent.visibilityDelayMs + 1500;

function cardOf({ name, kind }: AgentConfig, { agent }: Config): AgentCard {
  if (kind === 'cpu') return { name, kind, budgetMib: null };
  return { name, kind: 'gpu', budgetMib: Math.floor((CARD_MIB * agent.budgetPercent) / 100) };
}

/** Errors of the disk, refusals, and a brain that makes way for a newer one. */
function isExpected(error: Error): boolean {
  const isErrno = typeof (error as NodeJS.ErrnoException).code === 'string';
  return isErrno || error instanceof Fault || error.name === 'Superseded';
}
