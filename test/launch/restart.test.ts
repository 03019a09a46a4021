import { describe, expect, it } from 'vitest';
import { decideRestart } from '../../agents/launch/restart.ts';
import type { Ended, RestartDecision } from '../../agents/launch/restart.ts';

const limits = {
  restartsMax: 6,
  restartWindowMs: 300_000,
  backoffMs: 500,
  backoffMsMax: 10_000,
  stopTimeoutMs: 15_000,
};
const exit = (code: number): Ended => ({ code, signal: null, saidStopped: false });
const bySignal = (signal: string): Ended => ({ code: null, signal, saidStopped: false });
const gone: Ended = { code: null, signal: null, saidStopped: false };
const again = (restart: number, delayMs: number): RestartDecision => ({
  is: 'restart',
  restart,
  delayMs,
});

describe('what follows the end of a process', () => {
  it.each<[string, Ended, RestartDecision]>([
    ['a stop that was asked for', exit(0), { is: 'stopped' }],
    ['an adopted process that said so', { ...gone, saidStopped: true }, { is: 'stopped' }],
    [
      'wrong arguments',
      exit(2),
      {
        is: 'refused',
        reason: 'exited with status 2: it does not accept its arguments or its input',
      },
    ],
    [
      'a place that is taken',
      exit(73),
      { is: 'refused', reason: 'exited with status 73: another process holds its place' },
    ],
    [
      'a newer one',
      exit(76),
      { is: 'refused', reason: 'exited with status 76: a newer one took over' },
    ],
    [
      'a configuration that cannot be used',
      exit(78),
      {
        is: 'refused',
        reason: 'exited with status 78: its configuration or the shared directory cannot be used',
      },
    ],
    ['an uncaught error', exit(1), again(1, 500)],
    ['a broken invariant', exit(70), again(1, 500)],
    ['not now', exit(75), { is: 'later', delayMs: 4000 }],
    ['a status nobody knows', exit(42), again(1, 500)],
    ['a kill', bySignal('SIGKILL'), again(1, 500)],
    ['a TERM before it listened', bySignal('SIGTERM'), again(1, 500)],
    ['an adopted process that is gone', gone, again(1, 500)],
    ['a start that failed', { ...gone, problem: 'spawn EAGAIN' }, again(1, 500)],
  ])('%s', (_, ended, decision) => {
    expect(decideRestart([], ended, limits, 1000)).toEqual(decision);
  });
});

describe('the limit', () => {
  it('doubles the wait up to its limit and gives up after the last restart', () => {
    const decisions = [0, 1, 2, 3, 4, 5, 6].map((count) =>
      decideRestart(
        Array.from({ length: count }, () => 900),
        exit(1),
        limits,
        1000,
      ),
    );
    expect(decisions).toEqual([
      again(1, 500),
      again(2, 1000),
      again(3, 2000),
      again(4, 4000),
      again(5, 8000),
      again(6, 10_000),
      { is: 'gave_up', reason: 'exited with status 1, after 6 restarts within 300 s' },
    ]);
  });

  it('counts no restart that is older than the window', () => {
    const old = [0, 1, 2, 3, 4];
    expect(decideRestart([...old, 299_999], exit(1), limits, 300_004)).toEqual(again(2, 1000));
    expect(decideRestart([...old, 299_999], exit(1), limits, 299_999).is).toBe('gave_up');
  });

  it('does not hold for a process that says "not now"', () => {
    const history = Array.from({ length: 40 }, () => 900);
    expect(decideRestart(history, exit(75), limits, 1000).is).toBe('later');
  });

  it('never restarts when no restart is allowed', () => {
    const none = { ...limits, restartsMax: 0 };
    expect(decideRestart([], bySignal('SIGSEGV'), none, 0)).toEqual({
      is: 'gave_up',
      reason: 'was ended by SIGSEGV, after 0 restarts within 300 s',
    });
  });

  it('keeps the wait finite however often it doubled', () => {
    const many = { ...limits, restartsMax: 5000 };
    const history = Array.from({ length: 4000 }, () => 0);
    expect(decideRestart(history, exit(1), many, 0)).toEqual(again(4001, 10_000));
  });
});
