// `tutti stop`: agents by signal files, wherever they run; what launch watches over on this host by a
// TERM to launch, which ends agents first and the brain last.
import { realClock } from '../../agents/process/clock.ts';
import { realSpawner } from '../../agents/process/spawner.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import type { LaunchRecord } from '../../agents/protocol/launch.ts';
import { didYouMean } from '../../agents/protocol/plan/suggest.ts';
import { readSyncState, refuseGateway } from '../../agents/store/gateway.ts';
import { readHeartbeats } from '../../agents/store/heartbeats.ts';
import type { HeartbeatFile } from '../../agents/store/heartbeats.ts';
import { readBrainState } from '../../agents/store/brain-state.ts';
import { liftSignal } from '../../agents/store/signals.ts';
import type { Store } from '../../agents/store/store.ts';
import type { Shared } from '../context.ts';
import { readLiveLaunch } from '../rig/launching.ts';
import { isOnThisHost, judgeAgent } from '../look/liveness.ts';
import { readBrain } from '../look/look.ts';
import { isAcknowledged, signalAsOperator, waitFor } from './signalling.ts';

export interface Stopped {
  readonly name: string;
  /** stopping: heard, and still at work; silent: nobody answered; gone: was not running. */
  readonly is: 'stopped' | 'stopping' | 'silent' | 'gone';
  readonly text: string;
}

export interface StopOptions {
  readonly isNow: boolean;
  /** How long to wait for an answer. */
  readonly timeoutMs: number;
  readonly interruption: AbortSignal;
}

/** @throws Fault AGENT_UNKNOWN */
export function pickAgents(
  files: readonly HeartbeatFile[],
  names: readonly string[],
): HeartbeatFile[] {
  const known = files.map(({ agent }) => agent);
  return names.map((name) => {
    const file = files.find(({ agent }) => agent === name);
    if (file !== undefined) return file;
    throw new Fault('AGENT_UNKNOWN', { agent: name, hint: didYouMean(name, known), known });
  });
}

export async function stopAgent(
  shared: Shared,
  file: HeartbeatFile,
  { isNow, timeoutMs, interruption }: StopOptions,
): Promise<Stopped> {
  const { store, settings } = shared;
  const { agent: name } = file;
  const brain = await readBrain(shared);
  const state = await readBrainState(store.disk);
  const observer = { host: settings.host, clock: realClock, brain, state };
  const { state: liveness } = judgeAgent(file, observer);
  if (liveness === 'stopped') return { name, is: 'gone', text: 'had stopped already' };
  if (liveness === 'dead' || liveness === 'lost') {
    return { name, is: 'gone', text: `is not running (${liveness}); its workers may be` };
  }
  const target = { agent: name, verb: isNow ? 'stop_now' : 'stop' } as const;
  const signal = await signalAsOperator(store, target, `tutti stop${isNow ? ' --now' : ''}`);
  const sync = await readSyncState(store.disk);
  if (sync !== null) {
    return {
      name,
      is: 'stopping',
      text: `stops when the next \`tutti sync\` has been at ${sync.rig}`,
    };
  }
  let isHeard = false;
  const look = async (): Promise<true | null> => {
    isHeard ||= await isAcknowledged(store, target, signal);
    const now = await readHeartbeat(store, name);
    return isHeard && now?.heartbeat?.state === 'stopped' ? true : null;
  };
  if ((await waitFor(look, timeoutMs, interruption)) !== null) {
    return { name, is: 'stopped', text: 'has stopped' };
  }
  if (isHeard) return { name, is: 'stopping', text: await describeWork(store, name) };
  // An order that nobody heard must not meet the agent's next life.
  await liftSignal(store, target);
  const text = `did not answer within ${timeoutMs / 1000} s; the stop was withdrawn`;
  return { name, is: 'silent', text };
}

const readHeartbeat = async (store: Store, name: string): Promise<HeartbeatFile | undefined> =>
  (await readHeartbeats(store)).find(({ agent }) => agent === name);

async function describeWork(store: Store, name: string): Promise<string> {
  const running = (await readHeartbeat(store, name))?.heartbeat?.running ?? [];
  const tasks = running.map(({ task }) => task).slice(0, 3);
  const what = tasks.length === 0 ? 'what it runs' : tasks.join(', ');
  return `finishes ${what}${running.length > tasks.length ? ', …' : ''}, then stops; --now returns the work`;
}

/** Everything: what this host's launch watches over, every other agent, and a brain that is alone here. */
export async function stopEverything(shared: Shared, options: StopOptions): Promise<Stopped[]> {
  const { store, settings } = shared;
  await refuseGateway(store.disk, 'tutti stop --all');
  const launch = await readLiveLaunch(store, settings.host);
  const watched = new Set(
    launch?.processes.filter(({ pid }) => pid !== null).map(({ name }) => name) ?? [],
  );
  const others = (await readHeartbeats(store)).filter(({ agent }) => !watched.has(agent));
  const stopped = await Promise.all([
    ...others.map((file) => stopAgent(shared, file, options)),
    ...(launch === null ? [] : [stopLaunch(shared, launch, options)]),
  ]);
  const brain = watched.has('brain') ? null : await stopLoneBrain(shared, options);
  return brain === null ? stopped : [...stopped, brain];
}

async function stopLaunch(
  { settings }: Shared,
  launch: LaunchRecord,
  { isNow, timeoutMs: answerMs, interruption }: StopOptions,
): Promise<Stopped> {
  const names = launch.processes.filter(({ pid }) => pid !== null).map(({ name }) => name);
  const name = 'launch';
  process.kill(launch.pid, 'SIGTERM');
  // The second request, as another signal: two of one kind could arrive as one.
  if (isNow) process.kill(launch.pid, 'SIGINT');
  const isAlive = (): boolean => realSpawner.identify(launch.pid)?.startTime === launch.start_time;
  const look = (): true | null => (isAlive() ? null : true);
  // Agents and brain each have three steps of that length at most.
  const timeoutMs = 6 * settings.config.launch.stopTimeoutMs + answerMs;
  const isOver = (await waitFor(look, timeoutMs, interruption)) !== null;
  if (isOver) return { name, is: 'stopped', text: `has stopped, with ${names.join(', ')}` };
  return { name, is: 'stopping', text: `still stops ${names.join(', ')}` };
}

/** A brain whose launch was killed, or that was started by hand. */
async function stopLoneBrain(
  { store, settings }: Shared,
  { isNow, interruption }: StopOptions,
): Promise<Stopped | null> {
  const state = await readBrainState(store.disk);
  if (state === null || state.brain === 'stopped') return null;
  const name = 'brain';
  if (!isOnThisHost(state, settings.host)) {
    const text = `works on host ${state.host}: \`tutti stop --all\` there stops it`;
    return { name, is: 'stopping', text };
  }
  const isAlive = (): boolean => realSpawner.identify(state.pid)?.startTime === state.start_time;
  if (!isAlive()) return null;
  process.kill(state.pid, 'SIGTERM');
  if (isNow) process.kill(state.pid, 'SIGINT');
  const look = (): true | null => (isAlive() ? null : true);
  const isOver = (await waitFor(look, settings.config.launch.stopTimeoutMs, interruption)) !== null;
  return isOver
    ? { name, is: 'stopped', text: 'has stopped' }
    : { name, is: 'stopping', text: `still stops (pid ${state.pid})` };
}
