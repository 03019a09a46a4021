import { describe, expect, it } from 'vitest';
import { realClock, realRandom, utc } from '../../agents/process/clock.ts';

const FAR_MS = 600_000;

describe('sleep', () => {
  it('ends after its time', async () => {
    const from = realClock.monotonicMs();
    await realClock.sleep(20);
    expect(realClock.monotonicMs() - from).toBeGreaterThanOrEqual(19);
  });

  it('ends at once when it is woken, without an error', async () => {
    const woken = new AbortController();
    const sleep = realClock.sleep(FAR_MS, woken.signal);
    woken.abort(new Error('the bell'));
    await expect(sleep).resolves.toBeUndefined();
  });

  it('does not begin when it was woken before', async () => {
    await expect(realClock.sleep(FAR_MS, AbortSignal.abort())).resolves.toBeUndefined();
  });

  it('leaves no listener behind on a signal that is used again and again', async () => {
    const { signal } = new AbortController();
    const warnings: Error[] = [];
    const hear = (warning: Error): void => void warnings.push(warning);
    process.on('warning', hear);
    for (let i = 0; i < 50; i++) await realClock.sleep(0, signal);
    await new Promise(setImmediate);
    process.off('warning', hear);
    expect(warnings).toEqual([]);
  });
});

it('the monotonic clock never goes back', () => {
  const looks = Array.from({ length: 1000 }, () => realClock.monotonicMs());
  expect(looks.toSorted((a, b) => a - b)).toEqual(looks);
});

it('times for people are UTC', () => {
  expect(utc(realClock)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

it('random texts can stand in identifiers and differ', () => {
  const texts = Array.from({ length: 200 }, () => realRandom.text(8));
  expect(texts.filter((text) => !/^[a-z0-9]{8}$/.test(text))).toEqual([]);
  expect(new Set(texts).size).toBe(200);
});
