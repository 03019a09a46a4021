// Starts launch for `up` and `play`, and tells when what it started is really there: a process that
// has a pid may still be refused a moment later.
import { realClock } from '../../agents/process/clock.ts';
import { startProgram } from '../../agents/process/program.ts';
import type { Program } from '../../agents/process/program.ts';
import type { Settings } from '../../agents/process/settings.ts';
import { realSpawner } from '../../agents/process/spawner.ts';
import { heartbeatSchema } from '../../agents/protocol/heartbeat.ts';
import { launchOutputPath, PROCESS_LOGS } from '../../agents/protocol/launch.ts';
import type { LaunchRecord, SupervisedRecord } from '../../agents/protocol/launch.ts';
import { heartbeatPath } from '../../agents/protocol/layout.ts';
import { readBrainState } from '../../agents/store/brain-state.ts';
import { readLaunch } from '../../agents/store/launches.ts';
import { readRecord } from '../../agents/store/records.ts';
import type { Store } from '../../agents/store/store.ts';
import type { Context, Shared } from '../context.ts';

const ALIVE_POLL_MS = 50;
const OUTPUT_SHOWN_BYTES = 4096;

export const launchEntry = (context: Context): string =>
  `${context.projectRoot}/dist/agents/launch/main.js`;

/** Launch reads the same settings as this command. */
export function launchFlags({ configPath, sharedPath }: Settings): string[] {
  const config = configPath === null ? [] : ['--config', configPath];
  return [...config, '--shared', sharedPath];
}

/** The live launch of this host; null when there is none. */
export async function readLiveLaunch(store: Store, host: string): Promise<LaunchRecord | null> {
  const read = await readLaunch(store, host);
  if (read.is !== 'ok' || read.value.state === 'stopped') return null;
  const { pid, start_time, boot_id } = read.value;
  const process = realSpawner.identify(pid);
  const isSame = process?.startTime === start_time && process.bootId === boot_id;
  return isSame ? read.value : null;
}

export interface LaunchBehind {
  readonly program: Program;
  /** The end of what it printed, for a person who asks why it is not up. */
  readonly readOutput: () => Promise<string>;
}

/** In the background; its lines go to a file in shared/. */
export async function startLaunchBehind(
  context: Context,
  { settings, store }: Shared,
  flags: readonly string[],
): Promise<LaunchBehind> {
  const { disk } = store;
  await disk.mkdir(PROCESS_LOGS);
  const path = launchOutputPath(settings.host);
  let offset = (await disk.stat(path))?.size ?? 0;
  if (offset > settings.config.log.processLogBytesMax) {
    await disk.rename(path, `${path}.1`);
    offset = 0;
  }
  const args = [...launchFlags(settings), ...flags];
  return {
    program: startProgram(launchEntry(context), args, disk.absolute(path)),
    readOutput: async () => {
      const text = await disk.readRange(path, offset, OUTPUT_SHOWN_BYTES);
      return (text ?? '').trimEnd();
    },
  };
}

export interface Arrival {
  readonly name: string;
  /** late: started, but it has not shown a sign of life yet. */
  readonly is: 'alive' | 'ended' | 'late';
  readonly process: SupervisedRecord;
}

/**
 * Waits until every process of the launch `pid` has shown a sign of life or has ended for good, or until
 * the time is over. Null: the launch itself has ended or never wrote its record.
 */
export async function waitForArrivals(
  store: Store,
  host: string,
  pid: number,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<readonly Arrival[] | null> {
  const deadlineMs = realClock.monotonicMs() + timeoutMs;
  for (;;) {
    const launch = await readLiveLaunch(store, host);
    const isMine = launch?.pid === pid;
    const arrivals = isMine
      ? await Promise.all(launch.processes.map((process) => judgeArrival(store, process)))
      : null;
    const isSettled =
      arrivals !== null && arrivals.length > 0 && arrivals.every(({ is }) => is !== 'late');
    const isOver = realSpawner.identify(pid) === null || realClock.monotonicMs() > deadlineMs;
    if (isSettled || isOver || signal?.aborted === true) return arrivals;
    await realClock.sleep(ALIVE_POLL_MS, signal);
  }
}

async function judgeArrival(store: Store, process: SupervisedRecord): Promise<Arrival> {
  const { name, kind, state, pid } = process;
  if (state === 'stopped' || state === 'refused' || state === 'gave_up') {
    return { name, is: 'ended', process };
  }
  const isAlive = state === 'running' && (await pidIn(store, kind, name)) === pid;
  return { name, is: isAlive ? 'alive' : 'late', process };
}

/** Whose heartbeat or picture it is. */
async function pidIn(
  { disk }: Store,
  kind: SupervisedRecord['kind'],
  name: string,
): Promise<number | undefined> {
  if (kind === 'brain') return (await readBrainState(disk))?.pid;
  const read = await readRecord(disk, heartbeatPath(kind, name), heartbeatSchema);
  return read.is === 'ok' ? read.value.pid : undefined;
}
