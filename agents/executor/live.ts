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
  const dropped = watchLog(ports, files.log, settings.logBytesMax, over.signal);
  void enforceTimeout(context, supervision, over.signal);
  const finish = async (): Promise<Ending> => {
    const end = await supervision.ended;
    release();
    over.abort('ended');
    const ending = await conclude(context, end, await dropped);
    log.debug({ claim, outcome: ending.outcome }, 'ended');
    return ending;
  };
  return { leader: leader(), ended: finish(), end: supervision.end, isAlive: supervision.isAlive };
}

async function enforceTimeout(
  { ports, request }: Context,
  supervision: Supervision,
  signal: AbortSignal,
): Promise<void> {
  if (request.timeoutMs === undefined) return;
  for (let leftMs = request.timeoutMs; leftMs > 0 && !signal.aborted; leftMs -= TIMER_MS_MAX) {
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
