// Numbers that decisions are made with: backoff, windows, leases. Pure.
import { hashText } from '../protocol/ids.ts';
import type { Config } from '../protocol/config.ts';
import type { Counts } from '../protocol/lane-name.ts';
import type { FailedReason } from '../protocol/words.ts';

export interface Policy {
  readonly config: Config;
}

/**
 * Exponential backoff with jitter, in ms. The jitter is a hash of the attempt, not a draw: deciding
 * again after a restart gives the same wait. `returned` work is released at once.
 */
export function backoffMs(
  task: string,
  counts: Counts,
  reason: FailedReason,
  retry: Config['retry'],
): number {
  if (reason === 'returned') return 0;
  const isNotNow = reason === 'not_now';
  const base = isNotNow ? retry.notNowBackoffMs : retry.backoffMs;
  const doublings = Math.min(30, isNotNow ? counts.notNow : counts.failures + counts.losses);
  const wait = Math.min(retry.backoffMsMax, base * 2 ** doublings);
  const share = Number.parseInt(hashText(`${task}.${counts.attempt}`), 36) / 0xffffffff;
  return Math.round(wait * (1 + (share * retry.jitterPercent) / 100));
}

/** How many tasks of one class and VRAM need the queue may hold, given the slots that could take them. */
export const windowOf = (slots: number, brain: Config['brain']): number =>
  Math.max(brain.releaseWindowMin, slots * brain.releaseWindowPerSlot);
