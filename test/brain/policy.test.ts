import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, windowOf } from '../../agents/brain/policy.ts';
import type { FailedReason } from '../../agents/protocol/words.ts';
import { counts } from '../protocol/arbitraries.ts';
import { policyOf } from './world.ts';

const of = (attempt: number, failures = 0, losses = 0, notNow = 0) => ({
  attempt,
  failures,
  losses,
  notNow,
});

describe('backoff', () => {
  const { retry } = policyOf({ retry: { jitterPercent: 0 } }).config;

  it.each<[FailedReason, ReturnType<typeof of>, number]>([
    ['failed', of(1), 1000],
    ['failed', of(2, 1), 2000],
    ['crashed', of(3, 2), 4000],
    ['lost', of(4, 2, 1), 8000],
    ['failed', of(9, 6), 60_000],
    ['failed', of(99, 999_999), 60_000],
    ['not_now', of(1), 5000],
    ['not_now', of(9, 8), 5000],
    ['not_now', of(3, 0, 0, 2), 20_000],
    ['not_now', of(900, 0, 0, 899), 60_000],
    ['returned', of(5, 2, 2, 2), 0],
  ])('after %s with %j: %s ms', (reason, its, ms) => {
    expect(backoffMs('scan', its, reason, retry)).toBe(ms);
  });

  it('has jitter within its share, the same after a restart, and another for each attempt', () => {
    const jittered = policyOf({ retry: { jitterPercent: 20, backoffMs: 1000 } }).config.retry;
    fc.assert(
      fc.property(fc.string(), counts, (task, its) => {
        const [wait, plain] = [jittered, retry].map((each) => backoffMs(task, its, 'failed', each));
        expect(wait).toBeGreaterThanOrEqual(plain!);
        expect(wait).toBeLessThanOrEqual(plain! * 1.2);
        expect(backoffMs(task, its, 'failed', jittered)).toBe(wait);
      }),
    );
    const waits = Array.from({ length: 50 }, (_, i) =>
      backoffMs(`scan_${i}`, of(1), 'failed', jittered),
    );
    expect(new Set(waits).size).toBeGreaterThan(25);
  });
});

it.each([
  [0, 32],
  [4, 32],
  [5, 40],
  [100, 800],
])('%s slots make a window of %s', (slots, window) => {
  expect(windowOf(slots, policyOf().config.brain)).toBe(window);
});
