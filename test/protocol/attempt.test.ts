import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isAccepted, parseRunFile } from '../../agents/protocol/attempt.ts';
import type { RunFile } from '../../agents/protocol/attempt.ts';
import type { Outcome } from '../../agents/protocol/words.ts';

const BOOT = 'f3a1c0de-0000-4000-8000-00000000beef';
const REST =
  'S 1 4711 4711 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 987654 2500 900 18446744073709551615';
const NOTHING: RunFile = { worker: null, agent: null, exitCode: null, isVoid: false };

const start = (name: string): string => `start ${BOOT} gpu-1 4711 (${name}) ${REST}\n`;
const worker = { bootId: BOOT, pid: 4711, startTime: '987654' };
const started = { worker, agent: 'gpu-1' };

describe('a run file', () => {
  it.each<[string, string, RunFile]>([
    ['just created', '', NOTHING],
    ['started', start('sh'), { ...NOTHING, ...started }],
    ['ended', `${start('sh')}exit 0\n`, { ...started, exitCode: 0, isVoid: false }],
    ['ended by a signal', `${start('sh')}exit 143\n`, { ...started, exitCode: 143, isVoid: false }],
    ['made void', 'void\n', { ...NOTHING, isVoid: true }],
    ['void, torn', 'vo', NOTHING],
    ['void without its end of line', 'void', { ...NOTHING, isVoid: true }],
    ['of something else', '#!/bin/sh\necho exit\n', NOTHING],
    ['an exit without a start', 'exit 3\n', { ...NOTHING, exitCode: 3 }],
    ['an exit that is no number', `${start('sh')}exit now\n`, { ...NOTHING, ...started }],
  ])('%s', (_, text, expected) => {
    expect(parseRunFile(text)).toEqual(expected);
  });

  it.each(['sh', 'my prog', ') R 1 2 (', '(((', 'a) S 1 1', 'exit 0', String.raw`a\nexit 0`, ''])(
    'of a process named %j',
    (name) => {
      expect(parseRunFile(`${start(name)}exit 7\n`)).toEqual({
        ...started,
        exitCode: 7,
        isVoid: false,
      });
    },
  );

  it('of a process named with anything that the kernel leaves in one line', () => {
    const names = fc.string({ maxLength: 15 }).map((name) => name.replaceAll('\n', String.raw`\n`));
    fc.assert(
      fc.property(names, (name) => {
        expect(parseRunFile(start(name)).worker).toEqual(worker);
      }),
    );
  });

  it('of a real process', () => {
    const text = `start ${BOOT} gpu-1 ${readFileSync('/proc/self/stat', 'utf8')}`;
    expect(parseRunFile(text).worker?.pid).toBe(process.pid);
    expect(parseRunFile(text).worker?.startTime).toMatch(/^\d+$/);
  });

  it('torn anywhere says less, and never anything else', () => {
    const whole = `${start('a (b) c')}exit 127\n`;
    for (let length = 0; length < whole.length; length++) {
      const { worker: seen, exitCode, isVoid } = parseRunFile(whole.slice(0, length));
      expect([length, exitCode, isVoid]).toEqual([length, null, false]);
      const isStarted = length >= start('a (b) c').length;
      expect([length, seen]).toEqual([length, isStarted ? worker : null]);
    }
  });
});

describe('acceptance', () => {
  it.each<[Outcome, Record<string, unknown> | undefined, boolean]>([
    ['complete', undefined, true],
    ['complete', {}, true],
    ['complete', { accepted: true }, true],
    ['complete', { accepted: 'no' }, true],
    ['complete', { accepted: false }, false],
    ['failed', { accepted: true }, false],
    ['timeout', undefined, false],
    ['not_now', { accepted: true }, false],
  ])('%s with %j: %s', (outcome, result, expected) => {
    expect(isAccepted(result === undefined ? { outcome } : { outcome, result })).toBe(expected);
  });
});
