// Carries out the signals for this agent. A signal is acknowledged once it was acted upon: a stop when it
// is seen, so that the next life does not stop again; one for a task that is not here with a log line.
import { claimMark } from '../executor/environment.ts';
import type { SignalName, TaskSignal } from '../protocol/signal.ts';
import type { Signal } from '../protocol/signal.ts';
import { acknowledgeSignal, listSignals, readSignal } from '../store/signals.ts';
import { endJob } from './agent.ts';
import { obeyReservation } from './reserve.ts';
import type { Agent, Job } from './agent.ts';

type TaskSignalName = Extract<SignalName, { readonly task: string }>;

/** What holds as long as its file is there; a start must know it before it says anything. */
export async function obeyStates(agent: Agent): Promise<readonly SignalName[]> {
  const { ports, me, state } = agent;
  const signals = await listSignals(ports.store, me.name);
  const isPaused = signals.some(({ verb }) => verb === 'pause');
  if (isPaused !== state.isPaused) ports.log.info(isPaused ? 'pause' : 'resume');
  state.isPaused = isPaused;
  await obeyReservation(agent, signals);
  return signals;
}

export async function obeySignals(agent: Agent): Promise<void> {
  const signals = await obeyStates(agent);
  for (const name of signals) {
    if ('task' in name) await obeyTaskSignal(agent, name);
    else if (name.verb === 'stop' || name.verb === 'stop_now') await obeyStop(agent, name);
  }
}

async function obeyStop({ ports }: Agent, name: SignalName): Promise<void> {
  const isSecond = name.verb === 'stop_now' || ports.shutdown.level > 0;
  ports.log.info({ verb: name.verb }, 'stop');
  await acknowledgeSignal(ports.store, name);
  ports.shutdown.request(isSecond ? 2 : 1);
}

async function obeyTaskSignal(agent: Agent, name: TaskSignalName): Promise<void> {
  const { store, log } = agent.ports;
  const { batch, task, attempt, verb } = name;
  const claim = claimMark(batch, task, attempt);
  const job = agent.jobs.get(claim);
  if (job === undefined) log.info({ claim, verb }, 'a signal for what does not run here');
  else {
    const signal = await readSignal(store, name);
    if (signal !== null) endBySignal(job, verb, signal);
    log.info({ claim, verb, by: signal?.by, reason: signal?.reason }, verb);
  }
  await acknowledgeSignal(store, name);
}

/** An operator's word is final; the brain ends what is stuck, which is a timeout and may be retried. */
export function endBySignal(job: Job, verb: TaskSignal, { by, reason }: Signal): void {
  if (by === 'brain') endJob(job, 'timeout', reason);
  if (by === 'operator' || verb === 'kill') endJob(job, verb, reason);
}

/** A stop asks the process that runs: what was sent while there was none is only put away. */
export async function dismissStaleStops({ ports, me }: Agent): Promise<void> {
  for (const name of await listSignals(ports.store, me.name)) {
    if (name.verb !== 'stop' && name.verb !== 'stop_now') continue;
    ports.log.info({ verb: name.verb }, 'a stop from before this start is put away');
    await acknowledgeSignal(ports.store, name);
  }
}
