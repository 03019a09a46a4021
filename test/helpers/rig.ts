// A whole tutti on a temporary shared/: a brain and agents as real processes with short intervals, the
// built ones. Whatever a test does, `close` ends all of it and then looks for what was left behind.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EXIT } from '../../agents/process/shutdown.ts';
import type { AgentConfig, Config } from '../../agents/protocol/config.ts';
import { DIRECTORIES } from '../../agents/protocol/layout.ts';
import type { Store } from '../../agents/store/store.ts';
import { createStore } from '../../agents/store/store.ts';
import { createDisk } from '../../agents/store/real-disk.ts';
import { eventually } from './eventually.ts';
import { breachesIn } from './invariants.ts';
import type { Allowed } from './invariants.ts';
import { readPlaces } from './mounts.ts';
import { endSurvivors } from './processes.ts';
import { endsWithin, startProgram } from './program.ts';
import type { Program } from './program.ts';
import { jsonOf } from './tree.ts';

/** Long tests are built, into a folder of dist/. */
export const PROJECT: string = import.meta.dirname.replace(/(\/dist\/\w+)?\/test\/helpers$/, '');

export const AGENTS: readonly AgentConfig[] = [
  { name: 'gpu-1', kind: 'simulated', vramMib: 6144 },
  { name: 'gpu-2', kind: 'simulated', vramMib: 6144 },
  { name: 'cpu-1', kind: 'cpu', slots: 4 },
];

/** Quick, so that tests see leases run out and retries come back; slow enough for a loaded machine. */
const QUICK = {
  sandbox: 'off',
  brain: {
    pollIntervalMs: 500,
    idlePollIntervalMs: 500,
    stateIntervalMs: 200,
    manifestWaitMs: 500,
    leaseMs: 4000,
  },
  agent: {
    heartbeatIntervalMs: 200,
    internalIntervalMs: 200,
    pollIntervalMs: 500,
    idlePollIntervalMs: 500,
    leaseMs: 3000,
    abortGraceMs: 300,
    avoidMs: 3000,
  },
  retry: { backoffMs: 50, backoffMsMax: 500, notNowBackoffMs: 50 },
} as const;

type Roster = 'models' | 'roles' | 'aliases' | 'backends' | 'modelPolicy' | 'samples' | 'runtime';
type Sections = Omit<
  Partial<Config>,
  'agents' | 'brain' | 'agent' | 'retry' | 'task' | 'log' | Roster
>;
export interface Overrides extends Sections, Partial<Record<Roster, object>> {
  readonly brain?: Partial<Config['brain']>;
  readonly agent?: Partial<Config['agent']>;
  readonly retry?: Partial<Config['retry']>;
  readonly task?: Partial<Config['task']>;
  readonly log?: Partial<Config['log']>;
}

export interface RigOptions {
  readonly config?: Overrides;
  readonly agents?: readonly AgentConfig[];
  /** Whether to start brain and agents at once; true unless it says so. */
  readonly isStarted?: boolean;
  /** An existing directory to use as shared/. */
  readonly shared?: string;
  /** The same directory through other mounts. */
  readonly views?: readonly string[];
}

/** Variables of one process beside those of the test. */
type Environment = Readonly<Record<string, string>>;
type Leftovers = Pick<Allowed, 'strays'>;

const STOP_MS = 8000;
/** Whoever ends so had no time to clean up: killed, or superseded in the middle of a write. */
const UNTIDY = new Set<number | string | null>(['SIGKILL', EXIT.superseded]);

/** A lease holds three heartbeats and what the mount delays them by, also where a test names a shorter one. */
function agentSection(more: Partial<Config['agent']>, visibilityDelayMs: number): object {
  const section = { ...QUICK.agent, visibilityDelayMs, ...more };
  if (visibilityDelayMs === 0) return section;
  const leaseMsMin = 3 * (section.heartbeatIntervalMs + section.visibilityDelayMs);
  return { ...section, leaseMs: Math.max(section.leaseMs, leaseMsMin) };
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

export class Rig {
  readonly home: string;
  /** As the test sees it. */
  readonly shared: string;
  /** The same directory as the brain, and after it the agents, see it. */
  readonly views: readonly string[];
  readonly agents: readonly AgentConfig[];
  /** For what people and the CLI do: submissions, commands, signals. */
  readonly store: Store;
  readonly programs: Program[] = [];
  private starts = 0;
  private readonly unstoppable: Program[] = [];

  constructor(options: RigOptions) {
    const { config = {}, agents = AGENTS } = options;
    const { base, others, visibilityDelayMs } = readPlaces();
    this.home = realpathSync(mkdtempSync(join(base, 'tutti-e2e-')));
    this.shared = options.shared ?? join(this.home, 'shared');
    const seen = (mount: string): string => join(mount, basename(this.home), 'shared');
    this.views = options.views ?? (options.shared === undefined ? others.map(seen) : []);
    this.agents = agents;
    mkdirSync(join(this.home, 'logs'));
    for (const path of DIRECTORIES) mkdirSync(this.at(path), { recursive: true });
    const merged = {
      ...QUICK,
      ...config,
      brain: { ...QUICK.brain, ...config.brain },
      agent: agentSection(config.agent ?? {}, visibilityDelayMs),
      retry: { ...QUICK.retry, ...config.retry },
      agents,
    };
    writeFileSync(join(this.home, 'config.json'), JSON.stringify(merged, null, 2));
    const disk = createDisk(this.shared, false);
    this.store = createStore(disk, false, 'inbox/.staging', `test-${process.pid}`);
  }

  at(path: string): string {
    return join(this.shared, path);
  }

  /** The shared/ of a process: the brain has a mount of its own, the agents share the others. */
  sharedOf(name: string): string {
    const [ofBrain = this.shared, ...others] = this.views;
    const index = this.agents.findIndex((agent) => agent.name === name);
    return others[index % others.length] ?? ofBrain;
  }

  /** A program of the build with this rig's configuration and shared/. */
  start(
    name: string,
    entry: string,
    args: readonly string[] = [],
    more: Environment = {},
  ): Program {
    return this.startBare(name, entry, [...args, '--shared', this.sharedOf(name)], more);
  }

  /** The same with another shared/, or none. */
  startBare(name: string, entry: string, args: readonly string[], more: Environment = {}): Program {
    const logPath = join(this.home, 'logs', `${name}.${this.starts++}.log`);
    const config = ['--config', join(this.home, 'config.json')];
    const all = [join(PROJECT, 'dist', entry), ...args, ...config];
    const env = { BRAIN_LOG_LEVEL: 'debug', GPU_LOG_LEVEL: 'debug', ...more };
    const program = startProgram({ name, file: process.execPath, args: all, env, logPath });
    this.programs.push(program);
    return program;
  }

  startBrain(more: Environment = {}): Program {
    return this.start('brain', 'agents/brain/main.js', [], more);
  }

  startAgent(name: string, more: Environment = {}): Program {
    return this.start(name, 'agents/gpu/main.js', ['--name', name], more);
  }

  startLaunch(more: Environment = {}): Program {
    return this.start('launch', 'agents/launch/main.js', [], more);
  }

  /** The program of this name that runs now. */
  running(name: string): Program {
    const found = this.programs.findLast(
      (program) => program.name === name && program.end() === null,
    );
    if (found === undefined) throw new Error(`${name} does not run`);
    return found;
  }

  async ready(program: Program): Promise<void> {
    await eventually(
      `${program.name} is up: ${program.log()}`,
      () => /"msg":"(up|the brain is up)"/.test(program.log()) || program.end() !== null,
    );
    if (program.end() !== null) throw new Error(`${program.name} ended: ${program.log()}`);
  }

  /** Nothing of it gets a chance to clean up. */
  async kill(name: string): Promise<void> {
    const program = this.running(name);
    program.isEndWanted = true;
    program.signal('SIGKILL');
    await program.ended;
  }

  async stop(program: Program): Promise<void> {
    program.isEndWanted = true;
    if (program.end() !== null) return;
    program.signal('SIGCONT');
    program.signal('SIGTERM');
    if (await endsWithin(program, STOP_MS / 2)) return;
    // It may have been stopped a moment after the first one.
    program.signal('SIGCONT');
    program.signal('SIGTERM');
    if (await endsWithin(program, STOP_MS)) return;
    this.unstoppable.push(program);
    program.signal('SIGKILL');
    await program.ended;
  }

  /** Between two tests on one rig: what must hold while brain and agents run. */
  check(leftovers: Leftovers = {}): void {
    refuse(breachesIn(this.shared, { ...leftovers, isStaging: true }));
  }

  async close(leftovers: Leftovers = {}): Promise<void> {
    const crashed = this.programs.filter((one) => !one.isEndWanted && one.end() !== null);
    await Promise.all(this.programs.map((program) => this.stop(program)));
    const unclean = this.programs.filter((one) => one.end() === 70 || one.end() === 'SIGABRT');
    const failed = [...crashed, ...unclean, ...this.unstoppable];
    const wasKilled = this.programs.some((one) => UNTIDY.has(one.end()));
    try {
      refuse([
        ...[this.home, ...this.views].flatMap(endSurvivors),
        ...failed.map(({ name, log, end }) => `${name} ended with ${end()}: ${log().slice(-1500)}`),
        ...breachesIn(this.shared, { ...leftovers, isStaging: wasKilled }),
      ]);
    } finally {
      rmSync(this.home, { recursive: true, force: true });
    }
  }

  /** A record that some process writes in one piece; null when it is not there. */
  read(path: string): unknown {
    return jsonOf(this.at(path));
  }
}

export async function openRig(options: RigOptions = {}): Promise<Rig> {
  const rig = new Rig(options);
  if (options.isStarted === false) return rig;
  const programs = [rig.startBrain(), ...rig.agents.map(({ name }) => rig.startAgent(name))];
  await Promise.all(programs.map((program) => rig.ready(program)));
  return rig;
}
