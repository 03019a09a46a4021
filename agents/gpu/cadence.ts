// How long an idle agent waits and how often it looks where. Events make everything immediate; these are
// the bounds when no event comes.
import type { Config } from '../protocol/config.ts';

/** The shortest poll of a network mount, where events of other hosts never arrive. */
const NETWORK_WAIT_MS_MIN = 100;

interface Pace {
  readonly isNetwork: boolean;
  /** Nothing runs, and nothing waited at the last look. */
  readonly isIdle: boolean;
  readonly pollIntervalMs: number;
  readonly idlePollIntervalMs: number;
}

/** Where events come, the poll is only for those that got lost; elsewhere it slows down while nothing happens. */
export function nextWaitMs(lastWaitMs: number, hasWorked: boolean, pace: Pace): number {
  const { isNetwork, isIdle, pollIntervalMs, idlePollIntervalMs } = pace;
  if (!isNetwork) return isIdle ? Math.max(pollIntervalMs, idlePollIntervalMs) : pollIntervalMs;
  const waitMs = hasWorked ? NETWORK_WAIT_MS_MIN : lastWaitMs * 2;
  return Math.min(Math.max(NETWORK_WAIT_MS_MIN, waitMs), pollIntervalMs);
}

export interface QueueLook {
  /** Why nothing is claimed anyway; then it looks only to say why the tasks wait. */
  readonly isHalted: boolean;
  /** No task but a meta task could be claimed. */
  readonly isFull: boolean;
  readonly sinceLastMs: number;
}

export function isQueueLookDue(look: QueueLook, config: Config['agent']): boolean {
  if (look.isHalted) return look.sinceLastMs >= config.heartbeatIntervalMs;
  return !look.isFull || look.sinceLastMs >= config.pollIntervalMs;
}
