// One run from a seed: hosts, a brain, agents, random plans, faults. Whoever dies is started again, as
// launch does; after the faults are over everything must come to its end.
import { configSchema } from '../../agents/protocol/config.ts';
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
import type { FaultKind, Faults } from './faults.ts';
import { openGate } from './gate.ts';
import { HostView } from './host-view.ts';
import { Host } from './host.ts';
import { Life } from './life.ts';
import { createMemoryDisk } from './memory-disk.ts';
import { MemoryTree } from './memory-tree.ts';
import { Timeline } from './timeline.ts';
import { Trace } from './trace.ts';
import { Undo } from './undo.ts';
import { Witness } from './witness.ts';
import { inventPlay } from './workload.ts';
import type { Play } from './workload.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly faults: readonly FaultKind[];
  /** A broken build: what the checker must catch. */
  readonly mutate?: (disk: Disk, who: string) => Disk;
}

interface Role {
  readonly name: string;
  readonly host: Host;
  readonly play: (stage: Stage) => Promise<void>;
  /** A second brain is not started again. */
  readonly isPermanent: boolean;
  life: Life | null;
  stop: ReturnType<typeof openStop> | null;
}

const FAULTS_MS = 25_000;
const RESTART_MS_MAX = 12_000;
const CARD_MIB = 8192;
const EPOCH_MS = Date.UTC(2026, 10, 21);
const HOUR_MS = 3_600_000;

function configOf(faults: Faults, dice: Dice): Config {
  const visibilityDelayMs = faults.has('stale') ? dice.between(500, 5000) : 0;
  const heartbeatIntervalMs = 1500;
  return configSchema.parse({
    durability: faults.has('power') || dice.chance(0.1) ? 'full' : 'process',
    brain: {
      stateIntervalMs: 5000,
      manifestWaitMs: 4000 + 2 * visibilityDelayMs,
      releaseWindowMin: 3,
    },
    agent: {
      visibilityDelayMs,
      heartbeatIntervalMs,
      internalIntervalMs: 1500,
      leaseMs: 3 * (heartbeatIntervalMs + visibilityDelayMs) + dice.between(0, 3000),
      avoidMs: 1000,
      abortGraceMs: 500,
    },
    retry: { losses: 1000, backoffMs: 100, backoffMsMax: 1500, notNowBackoffMs: 200 },
  });
}

export class Simulation {
  readonly timeline = new Timeline();
  readonly trace: Trace = new Trace(() => this.timeline.nowMs);
  readonly tree: MemoryTree = new MemoryTree(() => this.timeline.nowMs);
  readonly dice: Dice;
  readonly faults: Faults;
  readonly config: Config;
  readonly plays: readonly Play[];
  readonly agents: readonly AgentConfig[];
  readonly hosts: readonly Host[];
  readonly witness: Witness;
  readonly roles: Role[] = [];
  isClosing = false;
  private readonly options: SimulationOptions;
  private readonly bells = new Map<string, { readonly life: Life; readonly bell: Doorbell }[]>();
  private lives = 0;

  constructor(options: SimulationOptions) {
    this.options = options;
    const { seed } = options;
    const nowMs = (): number => this.timeline.nowMs;
    this.dice = openDice(seed, 'world');
    this.faults = openFaults(seed, options.faults, FAULTS_MS);
    this.config = configOf(this.faults, this.dice);
    const invention = openDice(seed, 'plans');
    const count = invention.between(1, 2);
    this.plays = Array.from({ length: count }, (_, index) =>
      inventPlay(invention, index, invention.between(0, 3000)),
    );
    this.agents = this.inventAgents();
    if (this.faults.has('power')) this.tree.undo = new Undo();
    this.witness = new Witness({
      tree: this.tree,
      nowMs,
      leaseMs: this.config.agent.leaseMs,
      plays: this.plays,
      mayRevive: this.faults.has('operator'),
      agents: this.agents.map(({ name, kind }) =>
        kind === 'cpu'
          ? { name, kind, budgetMib: null }
          : {
              name,
              kind: 'gpu',
              budgetMib: Math.floor((CARD_MIB * this.config.agent.budgetPercent) / 100),
            },
      ),
    });
    this.hosts = ['ant', 'bee', 'cat'].slice(0, this.dice.between(1, 3)).map((name, index) => {
      const wallMs = EPOCH_MS + index * HOUR_MS;
      const delayMs = this.config.agent.visibilityDelayMs;
      const view = new HostView(this.tree, openDice(seed, `view ${name}`), nowMs, delayMs);
      const dice = openDice(seed, `host ${name}`);
      const parts = {
        timeline: this.timeline,
        tree: this.tree,
        dice,
        view,
        audience: this.witness,
      };
      return new Host(name, parts, wallMs);
    });
    this.tree.onTouch = (path) => this.ring(path);
    this.addRole('brain', this.hosts[0]!, playBrain);
    for (const agent of this.agents) {
      this.addRole(agent.name, this.dice.pick(this.hosts), (stage) => playAgent(stage, agent));
    }
  }

  addRole(name: string, host: Host, play: Role['play'], isPermanent = true): Role {
    const role: Role = { name, host, play, isPermanent, life: null, stop: null };
    this.roles.push(role);
    return role;
  }

  /** Starts a new life of a process; whatever ends it, but a clean stop, is followed by another. */
  start(role: Role): void {
    const { name, host } = role;
    const serial = ++this.lives;
    const dice = openDice(this.options.seed, `${name} ${serial}`);
    const life = new Life(`${name}#${serial}`, this.timeline, dice, host.wallOffsetMs);
    const stop = openStop();
    Object.assign(role, { life, stop });
    const stage: Stage = {
      life,
      host,
      dice,
      config: this.config,
      disk: this.diskFor(life, host, dice, this.faults),
      log: this.logOf(life),
      shutdown: stop,
      listen: (path, bell) => this.listen(path, life, bell),
    };
    void role.play(stage).then(
      () => this.ended(life, null),
      (error: unknown) => this.ended(life, error as Error),
    );
  }

  diskFor(life: Life, host: Host, dice: Dice, faults: Faults | null): Disk {
    const nowMs = (): number => this.timeline.nowMs;
    const die = (): void => this.kill(life);
    const gate = openGate({ life, dice, faults, trace: this.trace, nowMs, die });
    const disk = createMemoryDisk(this.tree, { gate, view: host.view, nowMs });
    return this.options.mutate?.(disk, life.name) ?? disk;
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
    const isQuiet = this.timeline.nowMs > FAULTS_MS;
    const delayMs = isQuiet ? 200 : RESTART_MS_MAX * this.dice.next() ** 3;
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
    const dice = this.faults.diceOf('deaf');
    for (const { life, bell } of this.bells.get(path) ?? []) {
      if (this.faults.has('deaf') && dice.chance(0.7)) continue;
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

  private inventAgents(): AgentConfig[] {
    const cards = this.dice.between(1, 2);
    const agents: AgentConfig[] = [];
    for (let n = 1; n <= cards; n++)
      agents.push({ name: `gpu-${n}`, kind: 'simulated', vramMib: CARD_MIB });
    agents.push({ name: 'cpu-1', kind: 'cpu', slots: this.dice.between(1, 3) });
    return agents;
  }
}

/** Errors of the disk, refusals, and a brain that makes way for a newer one. */
function isExpected(error: Error): boolean {
  const isErrno = typeof (error as NodeJS.ErrnoException).code === 'string';
  return isErrno || error instanceof Fault || error.name === 'Superseded';
}
