// The tasks that have no process: load a model, on one card or on several, and unload it. They are claimed, recorded and committed like
// all others; all are safe to begin again, so one that an earlier life left is simply begun again.
import type { LiveAttempt } from '../executor/attempt.ts';
import type { Ending } from '../executor/conclude.ts';
import { outcomeOf } from '../executor/outcome.ts';
import type { EndCause } from '../executor/outcome.ts';
import { attemptPaths } from '../protocol/layout.ts';
import { Fault, faultLine, renderFault } from '../protocol/fault.ts';
import type { Task } from '../protocol/task.ts';
import { isHeldOnCard, reservations, usersOf } from './occupancy.ts';
import type { Agent, Job } from './agent.ts';
import { reservedMib } from './card-memory.ts';
import { awaitPartners } from './partners.ts';
import { markOf } from './persist.ts';

const DRAIN_LOOK_MS = 100;

const METAS: ReadonlySet<Task['builtin']> = new Set(['load_llm', 'load_split', 'unload_llm']);

export const isMeta = ({ builtin }: Pick<Task, 'builtin'>): boolean => METAS.has(builtin);

/** Of the item that the brain wrote: the agents that lent their cards. */
const partnersIn = ({ items }: Task): readonly string[] =>
  (items?.[0] as { readonly partners?: readonly string[] } | undefined)?.partners ?? [];

interface Wanted {
  cause: EndCause | null;
  reason: string | undefined;
}

export function startMeta(agent: Agent, job: Job, task: Task): LiveAttempt {
  const stop = new AbortController();
  const wanted: Wanted = { cause: null, reason: undefined };
  let isAlive = true;
  const run = async (): Promise<Ending> => {
    const log = logOf(agent, job, task);
    try {
      const { model = '' } = job.claim;
      const end =
        task.builtin === 'unload_llm'
          ? await unload(agent, model, stop.signal)
          : await load(agent, model, partnersIn(task), (note) => log.write(note), stop.signal);
      return end;
    } catch (error) {
      if (wanted.cause !== null) return ended(wanted);
      if (!(error instanceof Fault)) throw error;
      log.write(renderFault(error));
      return { ...plain('failed', faultLine(error)), errorType: error.code };
    } finally {
      isAlive = false;
      await log.flushed();
    }
  };
  const end = (cause: EndCause, reason?: string): void => {
    if (wanted.cause === null) Object.assign(wanted, { cause, reason });
    stop.abort(new Error(reason ?? cause));
  };
  const keepTime = async (): Promise<void> => {
    await agent.ports.clock.sleep(job.timeoutMs, stop.signal);
    if (!stop.signal.aborted) end('timeout', `${job.timeoutMs / 1000} s`);
  };
  void keepTime();
  const finished = run().finally(() => stop.abort());
  return { leader: null, ended: finished, end, isAlive: () => isAlive };
}

async function load(
  agent: Agent,
  model: string,
  lenders: readonly string[],
  onNote: (note: string) => void,
  signal: AbortSignal,
): Promise<Ending> {
  const { ports, state, pulse } = agent;
  const view = ports.models.list().find((each) => each.model === model);
  state.draining.delete(model);
  if (view?.on_card === true) state.awaited.add(model);
  try {
    await awaitTasks(agent, model, signal);
    const partners = await awaitPartners(agent, model, lenders, signal);
    const { message, result } = await ports.models.load(
      model,
      (note) => {
        onNote(note);
        pulse.ring();
      },
      signal,
      partners,
    );
    return { ...plain('complete', message), result };
  } finally {
    state.awaited.delete(model);
  }
}

/** Until the tasks of this card leave as much of its budget as the model needs; they are never ended for it. */
async function awaitTasks(agent: Agent, model: string, signal: AbortSignal): Promise<void> {
  const { ports, state } = agent;
  for (;;) {
    const view = ports.models.list().find((each) => each.model === model);
    const budgetMib = state.card?.memory.budgetMib ?? 0;
    if (view === undefined || !view.on_card || isHeldOnCard(view)) return;
    const own = reservations(agent).filter(({ isServed }) => isServed !== true);
    const tasksMib = reservedMib(own);
    const modelsMib = reservedMib(reservations(agent)) - tasksMib;
    const needMib = view.vram_need_mib ?? budgetMib - modelsMib;
    if (tasksMib === 0 || needMib + modelsMib + tasksMib <= budgetMib) return;
    await ports.clock.sleep(DRAIN_LOOK_MS, signal);
    signal.throwIfAborted();
  }
}

/** What runs on the model ends by itself; only nothing new is claimed for it. */
async function unload(agent: Agent, model: string, signal: AbortSignal): Promise<Ending> {
  const { ports, state } = agent;
  state.draining.add(model);
  try {
    while (usersOf(agent, model) > 0) {
      await ports.clock.sleep(DRAIN_LOOK_MS, signal);
      signal.throwIfAborted();
    }
    await ports.models.unload(model);
  } finally {
    state.draining.delete(model);
  }
  return { ...plain('complete', 'Unloaded.'), result: { model } };
}

const plain = (outcome: Ending['outcome'], message: string): Ending => ({
  outcome,
  message,
  exitCode: null,
  signal: null,
  logDroppedBytes: 0,
});

function ended({ cause, reason }: Wanted): Ending {
  const end = { code: null, signal: null };
  const facts = { end, cause, reason, lastLine: undefined, missingOutputs: [] };
  return { ...outcomeOf(facts), logDroppedBytes: 0 };
}

/** One line per sign of life; a log that cannot be written costs its lines and nothing else. */
function logOf({ ports }: Agent, job: Job, task: Task) {
  const { store, log } = ports;
  const path = attemptPaths(task.plan, task.batch, task.id, job.claim.counts.attempt).log;
  let last: Promise<unknown> = Promise.resolve();
  return {
    write(line: string): void {
      last = last
        .then(() => store.disk.append(path, `${line}\n`))
        .catch((error: unknown) => log.warn({ err: error, claim: markOf(job) }, 'its log'));
    },
    flushed: async (): Promise<void> => void (await last),
  };
}
