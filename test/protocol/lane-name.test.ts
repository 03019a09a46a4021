import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatClaim,
  formatComplete,
  formatFailed,
  formatPrivate,
  formatQueue,
  formatRank,
  NO_COUNTS,
  parseClaim,
  parseComplete,
  parseFailed,
  parsePrivate,
  parseQueue,
  priorityOf,
  shareCounts,
} from '../../agents/protocol/lane-name.ts';
import { claimNames, counts, failedReasons, queueNames, taskIds } from './arbitraries.ts';

const QUEUED = '940000000001.script.1024.demo-20261121-021455-k3f9x.scan_a.a1f0l0n0.json';
const CLAIMED = QUEUED.replace('.json', '.by-gpu-1.json');

describe('every name comes back as it was formatted', () => {
  it('in the queue', () => {
    fc.assert(
      fc.property(queueNames, (name) => {
        expect(parseQueue(formatQueue(name))).toEqual(name);
      }),
    );
  });

  it('in processing', () => {
    fc.assert(
      fc.property(claimNames, (name) => {
        expect(parseClaim(formatClaim(name))).toEqual(name);
      }),
    );
  });

  it('in private_tasks, complete and failed', () => {
    fc.assert(
      fc.property(taskIds, counts, failedReasons, (task, its, reason) => {
        const name = { task, counts: its };
        expect(parseComplete(formatComplete(name))).toEqual(name);
        expect(parseFailed(formatFailed({ ...name, reason }))).toEqual({ ...name, reason });
        const wait = { task, counts: its.attempt === 0 ? NO_COUNTS : its };
        expect(parsePrivate(formatPrivate(task, its))).toEqual(wait);
      }),
    );
  });

  it('and a rank gives its priority back and sorts by priority, then by sequence', () => {
    const pair = fc.tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 0, max: 36 ** 9 }));
    fc.assert(
      fc.property(pair, pair, ([p, s], [q, t]) => {
        const [one, other] = [formatRank(p, s), formatRank(q, t)];
        expect(priorityOf(one)).toBe(p);
        expect(one < other).toBe(p > q || (p === q && s < t));
      }),
    );
  });

  it('as they stand in docs/PROTOCOL.md', () => {
    expect(parseQueue(QUEUED)).toEqual({
      rank: '940000000001',
      taskClass: 'script',
      vram: 1024,
      batch: 'demo-20261121-021455-k3f9x',
      task: 'scan_a',
      counts: { attempt: 1, failures: 0, losses: 0, notNow: 0 },
    });
    expect(parseClaim(CLAIMED)?.agent).toBe('gpu-1');
    expect(formatPrivate('scan_a')).toBe('scan_a.json');
    expect(formatPrivate('scan_a', { attempt: 3, failures: 1, losses: 1, notNow: 0 })).toBe(
      'scan_a.a3f1l1n0.json',
    );
  });
});

describe('one task has one name: what parses is what would be written', () => {
  const alphabet = [
    ...'abAB019._-nfl'.split(''),
    '.json',
    'a1f0l0n0',
    '00',
    'a01f0l0n0',
    'x.',
    '.by-b',
  ];
  const pieces = fc.constantFrom(...alphabet);
  /** A good name with one stretch of it replaced by noise. */
  const damaged = fc
    .tuple(
      fc.oneof(
        claimNames.map(formatClaim),
        queueNames.map(formatQueue),
        fc
          .tuple(taskIds, counts, failedReasons)
          .map(([task, its, reason]) => formatFailed({ task, counts: its, reason })),
        fc.tuple(taskIds, counts).map(([task, its]) => formatComplete({ task, counts: its })),
      ),
      fc.nat(120),
      fc.nat(3),
      fc.array(pieces, { maxLength: 3 }),
    )
    .map(([name, at, cut, noise]) => name.slice(0, at) + noise.join('') + name.slice(at + cut));

  it('for any damage to a name', () => {
    fc.assert(
      fc.property(damaged, (name) => {
        const written = <T>(parsed: T | null, format: (parsed: T) => string): string =>
          parsed === null ? name : format(parsed);
        expect([
          written(parseQueue(name), formatQueue),
          written(parseClaim(name), formatClaim),
          written(parseComplete(name), formatComplete),
          written(parseFailed(name), formatFailed),
          written(parsePrivate(name), (wait) => formatPrivate(wait.task, wait.counts)),
        ]).toEqual([name, name, name, name, name]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what is no name does not exist for any lane', () => {
  const strangers = [
    '',
    '.',
    '.json',
    '.nfs0001',
    '.nfs000000000231a4c900000001',
    `${QUEUED}~`,
    `.${QUEUED}.AbC123`,
    `.${QUEUED}`,
    `${QUEUED}.swp`,
    `${QUEUED}\n`,
    ` ${QUEUED}`,
    QUEUED.replace('.json', ''),
    QUEUED.replace('.json', '.JSON'),
    QUEUED.replace('.json', '.json.json'),
    QUEUED.replace('94', '9'),
    QUEUED.replace('940000000001', '94000000000A'),
    QUEUED.replace('940000000001', 'xx0000000001'),
    QUEUED.replace('940000000001', '9400000000011'),
    QUEUED.replace('script', 'gpu'),
    QUEUED.replace('script', 'Script'),
    QUEUED.replace('script', ''),
    QUEUED.replace('.1024.', '.1024mb.'),
    QUEUED.replace('.1024.', '.-1.'),
    QUEUED.replace('.1024.', '.10.24.'),
    QUEUED.replace('.1024.', '.01024.'),
    QUEUED.replace('.1024.', '.12345678.'),
    QUEUED.replace('.1024.', '.ALL.'),
    QUEUED.replace('.1024.', '..'),
    QUEUED.replace('-k3f9x', '-K3F9X'),
    QUEUED.replace('-k3f9x', ''),
    QUEUED.replace('20261121', '2026112'),
    QUEUED.replace('scan_a', '1scan'),
    QUEUED.replace('scan_a', 'scan a'),
    QUEUED.replace('scan_a', '../scan'),
    QUEUED.replace('scan_a', 'sçan'),
    QUEUED.replace('scan_a', ''),
    QUEUED.replace('scan_a', `s${'x'.repeat(80)}`),
    QUEUED.replace('a1f0l0n0', 'a1f0l0'),
    QUEUED.replace('a1f0l0n0', 'a01f0l0n0'),
    QUEUED.replace('a1f0l0n0', 'a1f0l0n0x'),
    QUEUED.replace('a1f0l0n0', 'a1000000f0l0n0'),
    QUEUED.replace('a1f0l0n0', 'f0l0n0a1'),
    QUEUED.replace('.json', '.not-.json'),
    QUEUED.replace('.json', '.not-GPU.json'),
    QUEUED.replace('.json', '.avoid-gpu-1.json'),
    QUEUED.replace('.json', '.not-gpu-1.not-gpu-2.json'),
    CLAIMED.replace('by-gpu-1', 'by-'),
    CLAIMED.replace('by-gpu-1', 'by-GPU-1'),
    CLAIMED.replace('by-gpu-1', 'by-1gpu'),
    CLAIMED.replace('by-gpu-1', 'by-gpu.1'),
    CLAIMED.replace('.by-', '.by-gpu-2.by-'),
    'scan_a.a1f0l0n0.bored.json',
    'scan_a.a1f0l0n0.failed.extra.json',
    'scan_a.a0f0l0n0.Failed.json',
    'scan_a.group.json',
    'scan a.json',
  ];

  it.each(strangers)('%j', (name) => {
    const parsers = [parseQueue, parseClaim, parsePrivate, parseComplete, parseFailed];
    expect(parsers.map((parse) => parse(name))).toEqual([null, null, null, null, null]);
  });

  it('and no lane takes the name of another', () => {
    const complete = 'scan_a.a1f0l0n0.json';
    const failed = 'scan_a.a1f0l0n0.failed.json';
    expect([parseQueue(CLAIMED), parseClaim(QUEUED)]).toEqual([null, null]);
    expect([parseFailed(complete), parseComplete(failed)]).toEqual([null, null]);
    expect([parseQueue(complete), parseClaim(failed), parsePrivate(failed)]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('a task that never ran has no counts in its private name', () => {
    expect(parsePrivate('scan_a.a0f0l0n0.json')).toBeNull();
  });
});

it('equal counts are one object', () => {
  const counts = { attempt: 3, failures: 1, losses: 1, notNow: 0 };
  expect(shareCounts({ ...counts })).toBe(shareCounts({ ...counts }));
  expect(shareCounts({ ...counts, losses: 0 })).toEqual({ ...counts, losses: 0 });
});
