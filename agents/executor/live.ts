// A live attempt: one group of processes that is watched to its end, with its log kept within its limit
// and its timeout kept. The same whether this agent started it or took it over.
import type { ProcessIdentity } from '../protocol/attempt.ts';
import { conclude } from './conclude.ts';
import type { Context, Ending } from './conclude.ts';
import { watchLog } from './log.ts';
import type { EndCause, LeaderEnd } from './outcome.ts';
import { placesOf } from './request.ts';
import { supervise } from './supervise.ts';
import type { Supervision } from './supervise.ts';

export interface LiveAttempt {
  /** Null when it ended before anybody could look, or never started. */
  readonly leader: ProcessIdentity | null;
  /** Resolves when no process of the attempt is alive any more. */
  readonly ended: Promise<Ending>;
  /** Only the first cause counts, but that a kill overrides an abort. */
  readonly end: (cause: EndCause, reason?: string) => void;
  readonly isAlive: () => boolean;
}

/** setTimeout cannot wait longer. */
const TIMER_MS_MAX = 2_147_483_647;

/** Watches a group that runs: its log, its time, its end. `release` is called when nobody of it is alive. */
export function follow(
  context: Context,
  exited: Promise<LeaderEnd>,
  leader: () => ProcessIdentity | null,
  release: () => void = () => undefined,
): LiveAttempt {
  const { ports, settings, request } = context;
  const { files, claim } = placesOf(ports, request);
  const { abortGraceMs: graceMs, log } = settings;
  const supervision = supervise(ports, { leader, exited, claim, graceMs, log });
  const over = new AbortController();
  const dropped = watch(context, supervision, files.log, over.signal);
  const finish = async (): Promise<Ending> => {
    const end = await supervision.ended;
    release();
    over.abort('ended');
    const ending = await conclude(context, end, leader(), await dropped);
    log.debug({ claim, outcome: ending.outcome }, 'ended');
    return ending;
  };
  return { leader: leader(), ended: finish(), end: supervision.end, isAlive: supervision.isAlive };
}

/** A command that ends sooner than this has no log to cut, and costs no more than one timer. */
const SMALL_MS = 100;

/** Keeps the log within its limit and the time of the attempt; answers the bytes of the log that were dropped. */
async function watch(
  context: Context,
  supervision: Supervision,
  log: string,
  signal: AbortSignal,
): Promise<number> {
  const { ports, settings, request } = context;
  const { timeoutMs = Number.POSITIVE_INFINITY } = request;
  const firstMs = Math.min(SMALL_MS, timeoutMs);
  const isSmall = Promise.race([
    ports.clock.sleep(firstMs).then(() => false),
    supervision.ended.then(
      () => true,
      () => true,
    ),
  ]);
  if (await isSmall) return 0;
  void enforceTimeout(context, supervision, timeoutMs - firstMs, signal);
  return watchLog(ports, log, settings.logBytesMax, signal);
}

async function enforceTimeout(
  { ports, request }: Context,
  supervision: Supervision,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (request.timeoutMs === undefined) return;
  for (let leftMs = timeoutMs; leftMs > 0 && !signal.aborted; leftMs -= TIMER_MS_MAX) {
    await ports.clock.sleep(Math.min(leftMs, TIMER_MS_MAX), signal);
  }
  if (!signal.aborted) supervision.end('timeout', `${request.timeoutMs / 1000} s`);
}

/** One that has nothing to watch. */
export const endedAs = (ending: Ending): LiveAttempt => ({
  leader: null,
  ended: Promise.resolve(ending),
  end: () => undefined,
  isAlive: () => false,
});
