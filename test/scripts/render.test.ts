import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { etaOf } from '../../scripts/look/eta.ts';
import type { BatchRecord, GroupRecord } from '../../scripts/records/status.ts';
import { bar } from '../../scripts/render/bar.ts';
import { changes } from '../../scripts/render/changes.ts';
import { coloured, plain } from '../../scripts/render/paint.ts';
import { bare, columns, cut, duration } from '../../scripts/render/text.ts';

const NONE = {
  waiting: 0,
  queued: 0,
  running: 0,
  retrying: 0,
  complete: 0,
  failed: 0,
  skipped: 0,
  cancelled: 0,
};

describe('duration', () => {
  it.each([
    [-5, '0 ms'],
    [0, '0 ms'],
    [999.4, '999 ms'],
    [1000, '1.0 s'],
    [9949, '9.9 s'],
    [9950, '10 s'],
    [59_499, '59 s'],
    [59_600, '1 m'],
    [192_000, '3 m 12 s'],
    [7_500_000, '2 h 5 m'],
    [273_600_000, '3 d 4 h'],
  ])('%d ms is %s', (ms, text) => expect(duration(ms)).toBe(text));
});

describe('columns and cut', () => {
  it('aligns by what is seen, not by colour codes', () => {
    expect(
      columns([
        ['a', coloured.red('bb'), 'x'],
        ['ccc', 'd', 'y'],
      ]).map(bare),
    ).toEqual(['a    bb  x', 'ccc  d   y']);
  });

  it('cuts to the width and closes every colour', () => {
    expect(cut('abcdef', 6)).toBe('abcdef');
    expect(cut('abcdef', 4)).toBe('abc…');
    expect(cut(`a${coloured.red('bcdef')}g`, 4)).toBe('a\u001B[31mbc\u001B[39m…');
  });
});

describe('bar', () => {
  const part = fc.nat(50);

  it('is always as wide as asked, shows every part, and is full only when all is done', () => {
    fc.assert(
      fc.property(
        part,
        part,
        part,
        part,
        part,
        fc.integer({ min: 10, max: 40 }),
        (complete, failed, dropped, running, left, width) => {
          const total = complete + failed + dropped + running + left;
          const text = bar({ total, complete, failed, dropped, running }, width, plain);
          expect(text).toHaveLength(width);
          expect(text.includes('█')).toBe(complete > 0);
          expect(text.includes('▓')).toBe(failed > 0);
          expect(text.includes('▒')).toBe(dropped > 0);
          expect(text.includes('▌')).toBe(running > 0);
          expect(text.includes('·')).toBe(left > 0 || total === 0);
        },
      ),
    );
  });
});

describe('ETA', () => {
  const group = (task: string, more: object) => ({
    task,
    isForeach: true,
    dependsOn: [],
    total: 10,
    result: 'open' as const,
    durationMsMean: 1000,
    counts: NONE,
    ...more,
  });

  it.each([
    [
      'what is left, shared by what runs',
      [group('a', { counts: { ...NONE, waiting: 6, running: 2 } })],
      4000,
      [],
    ],
    [
      'headings one after the other',
      [
        group('a', { counts: { ...NONE, waiting: 3, running: 1 } }),
        group('b', { counts: { ...NONE, waiting: 5 } }),
      ],
      9000,
      [],
    ],
    [
      'a lower bound when one is unknown',
      [
        group('a', { counts: { ...NONE, waiting: 4 } }),
        group('b', { counts: { ...NONE, waiting: 5 }, durationMsMean: null }),
      ],
      4000,
      ['b'],
    ],
    [
      'unknown when nothing is known',
      [group('a', { counts: { ...NONE, waiting: 4 }, durationMsMean: null })],
      null,
      ['a'],
    ],
    ['unknown before a foreach is expanded', [group('a', { total: null })], null, ['a']],
    ['nothing left', [group('a', { result: 'complete' })], 0, []],
  ])('is %s', (_, groups, ms, unknown) => {
    expect(etaOf({ groups })).toEqual({ ms, unknown });
  });
});

describe('changes', () => {
  const group: GroupRecord = {
    task: 'each',
    foreach: true,
    depends_on: [],
    waits_for: [],
    total: 100,
    result: 'open',
    duration_ms_mean: null,
    ...NONE,
  };
  const batch = (more: Partial<GroupRecord>): BatchRecord => ({
    batch: 'b',
    plan: 'p',
    state: 'running',
    elapsed_ms: null,
    eta_ms: null,
    eta_unknown: [],
    goal: null,
    problem: null,
    groups: [{ ...group, ...more }],
    running: [],
    problems: [],
    problems_omitted: 0,
  });

  it('tells a long foreach in steps of a tenth', () => {
    let before: BatchRecord | null = null;
    const lines: string[] = [];
    for (let complete = 0; complete <= 100; complete++) {
      const result = complete === 100 ? 'complete' : 'open';
      const after = batch({ complete, waiting: 100 - complete, result });
      lines.push(...changes(before, after));
      before = after;
    }
    expect(lines[0]).toBe('b is running');
    expect(lines.slice(1).map((line) => line.split('  ')[1])).toEqual([
      '1/100',
      '10/100',
      '20/100',
      '30/100',
      '40/100',
      '50/100',
      '60/100',
      '70/100',
      '80/100',
      '90/100',
      '100/100',
    ]);
  });

  it('tells a problem once per attempt', () => {
    const problem = {
      batch: 'b',
      task: 'each_a',
      heading: 'each',
      state: 'retrying' as const,
      attempt: 1,
      agent: null,
      reason: 'failed' as const,
      elapsed_ms: null,
      retry_in_ms: null,
      log: null,
    };
    const one = { ...batch({}), problems: [problem] };
    const two = { ...batch({}), problems: [{ ...problem, attempt: 2, state: 'failed' as const }] };
    expect(changes(batch({}), one)).toEqual(['each_a  will be tried again: failed, attempt 1']);
    const unrated = { ...batch({}), problems: [{ ...problem, reason: 'unrated' as const }] };
    expect(changes(batch({}), unrated)).toEqual(['each_a  waits for its rating, attempt 1']);
    const poor = { ...batch({}), problems: [{ ...problem, reason: 'disapproved' as const }] };
    expect(changes(unrated, poor)).toEqual(['each_a  will be tried again: disapproved, attempt 1']);
    expect(changes(one, one)).toEqual([]);
    expect(changes(one, two)).toEqual(['each_a  failed for good: failed, attempt 2']);
  });
});
