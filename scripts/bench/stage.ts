// A tutti of its own for one scenario: a shared/ on the ground, a brain and agents as production starts
// them (the built programs, the default configuration).
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realClock, realRandom } from '../../agents/process/clock.ts';
import { programEnvironment } from '../../agents/process/settings.ts';
import type { AgentConfig, Config } from '../../agents/protocol/config.ts';
import type { Heartbeat } from '../../agents/protocol/heartbeat.ts';
import { DIRECTORIES, heartbeatPath, STATE_FILE } from '../../agents/protocol/layout.ts';
import type { BrainState } from '../../agents/protocol/state.ts';
import { INBOX_STAGING } from '../../agents/store/inbox.ts';
import { createDisk } from '../../agents/store/real-disk.ts';
import { createStore } from '../../agents/store/store.ts';
import type { Store } from '../../agents/store/store.ts';
import { projectRoot } from '../context.ts';
import { eventually } from './waiting.ts';

const STOP_MS_MAX = 15_000;

export interface StageOptions {
  /** Slots of each agent: `[2]` is one agent with two. */
  readonly slots: readonly number[];
  /** Agents with a card, beside those. */
  readonly cards?: readonly AgentConfig[];
  /** Puts files beside the configuration before anybody reads it. */
  readonly prepare?: (home: string) => Promise<void>;
  readonly durability?: Config['durability'];
  /** Off unless it says so: no peer has one. */
  readonly sandbox?: Config['sandbox'];
  readonly more?: Readonly<Record<string, unknown>>;
}

/** For `more`: no file events, as on a network mount. */
export const POLLING = (pollIntervalMs: number): Readonly<Record<string, unknown>> => ({
  mount: 'network',
  brain: { pollIntervalMs },
  agent: { pollIntervalMs },
});

/** A program of the build that runs now. */
export interface Running {
  readonly pid: number;
  readonly isOver: () => boolean;
  readonly ended: Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export interface Stage {
  readonly shared: string;
  readonly configPath: string;
  readonly store: Store;
  /** Whoever kills one puts its successor here. */
  brain: Running;
  readonly agents: Running[];
}

/** Names of agents, in the order of their slots; those with a card are named `gpu-<n>`. */
export const agentName = (index: number): string => `cpu-${index + 1}`;

const running = new Set<ChildProcess>();

/** For a benchmark that is interrupted. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

async function start(home: string, entry: string, args: readonly string[]): Promise<Running> {
  const log = await open(join(home, 'processes.log'), 'a');
  const child = spawn(process.execPath, [join(projectRoot, 'dist', entry), ...args], {
    env: programEnvironment(),
    stdio: ['ignore', log.fd, log.fd],
  });
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      running.delete(child);
      resolve();
    });
  });
  await log.close();
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return { pid: child.pid ?? -1, isOver, ended, kill: (signal) => void child.kill(signal) };
}

/** `home` must be empty. Resolves when brain and agents are up. */
export async function openStage(home: string, options: StageOptions): Promise<Stage> {
  const { slots, cards = [], durability = 'process', sandbox = 'off', more = {} } = options;
  const shared = join(home, 'shared');
  for (const path of DIRECTORIES) await mkdir(join(shared, path), { recursive: true });
  await options.prepare?.(home);
  const shares = slots.map((count, index) => ({
    name: agentName(index),
    kind: 'cpu',
    slots: count,
  }));
  const agents = [...shares, ...cards];
  const configPath = join(home, 'config.json');
  await writeFile(configPath, JSON.stringify({ shared, durability, sandbox, agents, ...more }));
  const tag = `bench-${process.pid}-${realRandom.text(8)}`;
  const disk = createDisk(shared, false);
  const stage = {
    shared,
    configPath,
    store: createStore(disk, durability === 'full', INBOX_STAGING, tag),
  };
  const brain = await startBrain(home, stage);
  const started: Running[] = [];
  for (const { name } of agents) started.push(await startAgent(home, stage, name));
  return { ...stage, brain, agents: started };
}

type Place = Pick<Stage, 'configPath' | 'store'>;

/** Resolves when it has left its first picture. */
export async function startBrain(home: string, { configPath, store }: Place): Promise<Running> {
  const brain = await start(home, 'agents/brain/main.js', ['--config', configPath]);
  await eventually('the brain is up', async () => {
    if (brain.isOver()) throw new Error(await readFile(join(home, 'processes.log'), 'utf8'));
    const state = await readJson<BrainState>(store.disk.absolute(STATE_FILE));
    return state?.pid === brain.pid ? state : null;
  });
  return brain;
}

export async function startAgent(
  home: string,
  { configPath, store }: Place,
  name: string,
): Promise<Running> {
  const args = ['--name', name, '--config', configPath];
  const agent = await start(home, 'agents/gpu/main.js', args);
  await eventually(`${name} is up`, async () => {
    if (agent.isOver()) throw new Error(await readFile(join(home, 'processes.log'), 'utf8'));
    const beat = await readHeartbeat(store, name);
    return beat?.pid === agent.pid ? beat : null;
  });
  return agent;
}

export const readHeartbeat = (store: Store, name: string): Promise<Heartbeat | null> =>
  readJson<Heartbeat>(
    store.disk.absolute(heartbeatPath(name.startsWith('gpu-') ? 'gpu' : 'cpu', name)),
  );

/** Null when it is not there. */
export async function readJson<T>(path: string): Promise<T | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as T);
}

export async function closeStage({ brain, agents }: Stage): Promise<void> {
  const all = [brain, ...agents];
  for (const one of all) one.kill('SIGTERM');
  const ended = Promise.all(all.map((one) => one.ended)).then(() => true);
  const isLate = realClock.sleep(STOP_MS_MAX).then(() => false);
  if (!(await Promise.race([ended, isLate]))) for (const one of all) one.kill('SIGKILL');
  await ended;
}
