import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Counts } from '../../agents/protocol/lane-name.ts';
import { countsAfter, isFinal, limitsOf } from '../../agents/protocol/retry.ts';
import type { RetryLimits } from '../../agents/protocol/retry.ts';
import { FAILED_REASONS, FINAL_REASONS, FREE_OUTCOMES } from '../../agents/protocol/words.ts';
import type { FailedReason } from '../../agents/protocol/words.ts';
import { counts, failedReasons } from './arbitraries.ts';

const of = (attempt: number, failures = 0, losses = 0, notNow = 0): Counts => ({
  attempt,
  failures,
  losses,
  notNow,
});

const LIMITS: RetryLimits = { attempts: 3, losses: 5, notNowMax: 1000 };

describe('what an attempt uses up', () => {
  it.each<[FailedReason, Counts]>([
    ['failed', of(3, 2, 1, 1)],
    ['crashed', of(3, 2, 1, 1)],
    ['timeout', of(3, 2, 1, 1)],
    ['missing_input', of(3, 2, 1, 1)],
    ['missing_output', of(3, 2, 1, 1)],
    ['lost', of(3, 1, 2, 1)],
    ['not_now', of(3, 1, 1, 2)],
    ['returned', of(3, 1, 1, 1)],
  ])('%s', (reason, expected) => {
    expect(countsAfter(of(2, 1, 1, 1), reason)).toEqual(expected);
  });

  it('the number of the attempt always grows by one, and at most one other count', () => {
    const used = (c: Counts): number => c.failures + c.losses + c.notNow;
    fc.assert(
      fc.property(counts, failedReasons, (before, reason) => {
        const after = countsAfter(before, reason);
        expect(after.attempt).toBe(before.attempt + 1);
        expect(used(after) - used(before)).toBe(reason === 'returned' ? 0 : 1);
      }),
    );
  });
});

describe('whether a failure is final', () => {
  it.each<[string, FailedReason, Counts, boolean]>([
    ['the first of three', 'failed', of(1), false],
    ['the second of three', 'crashed', of(2, 1), false],
    ['the third of three', 'timeout', of(3, 2), true],
    ['the third, after losses', 'failed', of(8, 2, 5), true],
    ['a failure after four losses', 'failed', of(5, 0, 4), false],
    ['the fifth loss', 'lost', of(5, 0, 4), false],
    ['the sixth loss', 'lost', of(6, 0, 5), true],
    ['the last "not now"', 'not_now', of(1000, 0, 0, 999), false],
    ['one "not now" too many', 'not_now', of(1001, 0, 0, 1000), true],
    ['returned work, always again', 'returned', of(5000, 2, 5, 1000), false],
    ['a missing input', 'missing_input', of(1), false],
    ['a missing output for the third time', 'missing_output', of(3, 2), true],
    ['denied', 'denied', of(1), true],
    ['aborted', 'aborted', of(1), true],
    ['killed', 'killed', of(1), true],
    ['definition', 'definition', of(0), true],
    ['skipped', 'skipped', of(0), true],
    ['cancelled', 'cancelled', of(0), true],
    ['children_failed', 'children_failed', of(0), true],
    ['disapproved, with attempts left', 'disapproved', of(0), false],
    ['unrated, even on the last attempt', 'unrated', of(3, 2), false],
  ])('%s', (_, reason, its, expected) => {
    expect(isFinal({ task: 'a', counts: its, reason }, LIMITS)).toBe(expected);
  });

  it('every reason that is neither final nor free ends after `attempts`', () => {
    const spent = FAILED_REASONS.filter(
      (reason) =>
        !FINAL_REASONS.has(reason) &&
        !FREE_OUTCOMES.has(reason) &&
        // Losses have a limit of their own, and what is not rated yet has not failed.
        !['lost', 'unrated'].includes(reason),
    );
    const ends = spent.filter((reason) => isFinal({ task: 'a', counts: of(3, 2), reason }, LIMITS));
    expect(ends).toEqual(spent);
  });

  it('every task ends, whatever happens to it, but for returned work and what is not rated', () => {
    const reasons = failedReasons.filter((reason) => !['returned', 'unrated'].includes(reason));
    const most = LIMITS.attempts + LIMITS.losses + 20;
    fc.assert(
      fc.property(fc.array(reasons, { minLength: most, maxLength: most }), (list) => {
        let its = of(1);
        const end = list.findIndex((reason) => {
          const isEnd = isFinal({ task: 'a', counts: its, reason }, { ...LIMITS, notNowMax: 12 });
          its = countsAfter(its, reason);
          return isEnd;
        });
        expect(end).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

it.each([
  [undefined, 3],
  [0, 1],
  [1, 2],
  [7, 8],
])('`retries: %s` means %s attempts, and the other limits stay', (retries, attempts) => {
  expect(limitsOf(retries, LIMITS)).toEqual({ ...LIMITS, attempts });
});
