// What a failure uses up, and when a task has used up everything. Pure arithmetic on names: the brain,
// the CLI and the simulator give the same answer.
import type { Counts, FailedName } from './lane-name.ts';
import { FINAL_REASONS } from './words.ts';
import type { FailedReason } from './words.ts';

export interface RetryLimits {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  readonly losses: number;
  readonly notNowMax: number;
}

/** The counts of the attempt that follows one with `counts` that ended with `reason`. */
export function countsAfter(counts: Counts, reason: FailedReason): Counts {
  const attempt = counts.attempt + 1;
  switch (reason) {
    case 'not_now':
      return { ...counts, attempt, notNow: counts.notNow + 1 };
    case 'returned':
      return { ...counts, attempt };
    case 'lost':
      return { ...counts, attempt, losses: counts.losses + 1 };
    default:
      return { ...counts, attempt, failures: counts.failures + 1 };
  }
}

/** Whether a file in `failed/` stays there for good as far as the retry policy goes. */
export function isFinal(name: FailedName, limits: RetryLimits): boolean {
  if (FINAL_REASONS.has(name.reason)) return true;
  // It has not failed, and may not yet.
  if (name.reason === 'unrated') return false;
  const { failures, losses, notNow } = countsAfter(name.counts, name.reason);
  return failures >= limits.attempts || losses > limits.losses || notNow > limits.notNowMax;
}

/** The limits of one task: its `retries` follow the first attempt. */
export const limitsOf = (retries: number | undefined, limits: RetryLimits): RetryLimits =>
  retries === undefined ? limits : { ...limits, attempts: retries + 1 };
