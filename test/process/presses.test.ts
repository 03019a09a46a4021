import { afterEach, expect, it } from 'vitest';
import { realClock } from '../../agents/process/clock.ts';
import type { Clock } from '../../agents/process/clock.ts';
import { onPress } from '../../agents/process/presses.ts';
import type { Press } from '../../agents/process/presses.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const before = new Map(SIGNALS.map((name) => [name, process.listeners(name)]));
afterEach(() => {
  for (const name of SIGNALS) {
    for (const listener of process.listeners(name)) {
      if (before.get(name)?.includes(listener) !== true) process.off(name, listener);
    }
  }
});

it('takes one Ctrl-C that arrives twice for one, and two for two', () => {
  let nowMs = 1000;
  const clock: Clock = { ...realClock, monotonicMs: () => nowMs };
  const heard: [number, Press][] = [];
  onPress(clock, (press) => heard.push([nowMs, press]));
  const arrive = (atMs: number, name: NodeJS.Signals): void => {
    nowMs = atMs;
    for (const listener of process.listeners(name)) {
      if (before.get(name as 'SIGINT')?.includes(listener) !== true) listener(name);
    }
  };
  arrive(1000, 'SIGINT');
  arrive(1002, 'SIGINT');
  arrive(1003, 'SIGTERM');
  arrive(1600, 'SIGINT');
  arrive(2000, 'SIGHUP');
  expect(heard).toEqual([
    [1000, 'SIGINT'],
    [1003, 'SIGTERM'],
    [1600, 'SIGINT'],
    [2000, 'SIGTERM'],
  ]);
});
