import { describe, expect, it } from 'vitest';
import type { OpenBatch } from '../../agents/brain/model.ts';
import { verdictOf } from '../../agents/brain/summary.ts';
import { agentOf, batchOf, closeTemplate, expand, linesDecided, put, worldOf } from './world.ts';

const TRUE = { command: 'true' };
const GOAL = (fields: string): string =>
  `## Goal\n\n- **type**: target_count\n- **tracked_task**: try\n${fields}`;
const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i + 1));

/** Ten items to try, two of which are enough, and three may be tried. */
function goalOf(counts: { accepted: number; released: number }, tolerance = 0): OpenBatch {
  const fields = `- **target**: 2\n- **max_attempts_multiplier**: 1.5\n- **tolerance**: ${tolerance}`;
  const tasks = {
    list: TRUE,
    try: { ...TRUE, foreach: '{BATCH_PATH}/i.jsonl', depends_on: 'list' },
    sum: { ...TRUE, depends_on: 'try' },
  };
  const open = batchOf('demo', tasks, { before: GOAL(fields) });
  put(open, { list: 'complete' });
  expand(open, 'try', numbers(5));
  Object.assign(open.goal!, counts);
  return open;
}

const lines = (open: OpenBatch): string[] => linesDecided(worldOf([open], [agentOf('cpu-1', 4)]));
const released = (id: number, counts = 'a1f0l0n0'): string =>
  `release demo/try_${id} to 5.cpu.1024.${counts}: complete: list`;

describe('a goal', () => {
  it('releases no more than are missing', () => {
    const open = goalOf({ accepted: 0, released: 0 });
    expect(lines(open)).toEqual([released(1), released(2)]);
  });

  it('releases another when one ended without being accepted, up to the most it allows', () => {
    const open = goalOf({ accepted: 1, released: 2 });
    put(open, { try_1: 'complete', try_2: 'complete' });
    expect(lines(open)).toEqual([released(3)]);
    Object.assign(open.goal!, { released: 3 });
    put(open, { try_3: 'claimed' });
    expect(lines(open)).toEqual([]);
  });

  it('that is reached cancels what is queued or waits, and dependants go on', () => {
    const open = goalOf({ accepted: 2, released: 3 });
    put(open, { try_1: 'complete', try_2: 'complete', try_3: 'queued' });
    const reached = 'the goal is reached: 2 of 2 try accepted';
    expect(lines(open)).toEqual([`cancel demo/try_3 from queue as cancelled a1f0l0n0: ${reached}`]);
    put(open, { try_3: 'cancelled' });
    expect(lines(open)).toEqual([`close demo/try as complete: ${reached}`]);
    closeTemplate(open, 'try');
    expect(lines(open)).toEqual(['release demo/sum to 5.cpu.1024.a1f0l0n0: complete: try']);
  });

  it('that is reached lets run what runs, and tries nothing again', () => {
    const open = goalOf({ accepted: 2, released: 3 });
    put(open, { try_1: 'complete', try_2: 'claimed', try_3: 'returned' });
    expect(lines(open)).toEqual([
      'cancel demo/try_3 from failed as cancelled a1f0l0n0: the goal is reached: 2 of 2 try accepted',
    ]);
  });

  it.each([
    [
      0,
      'cancelled',
      'skip demo/sum from private as skipped a0f0l0n0: try ended cancelled',
      'failed',
    ],
    [1, 'complete', 'release demo/sum to 5.cpu.1024.a1f0l0n0: complete: try', 'complete'],
  ])('that is spent, with a tolerance of %s', (tolerance, as, next, verdict) => {
    const open = goalOf({ accepted: 1, released: 3 }, tolerance);
    put(open, { try_1: 'complete', try_2: 'complete', try_3: 'complete' });
    const spent = '3 try tasks were tried, the most this goal allows';
    expect(lines(open)).toEqual([`close demo/try as ${as}: ${spent}`]);
    closeTemplate(open, 'try', as === 'complete' ? null : 'cancelled');
    expect(lines(open)).toEqual([next]);
    put(open, { sum: tolerance === 0 ? 'skipped' : 'complete' });
    expect(verdictOf(open).verdict).toBe(verdict);
  });

  it('is not spent while something that was tried was taken back by a pause', () => {
    const open = goalOf({ accepted: 1, released: 3 });
    put(open, { try_1: 'complete', try_2: 'denied', try_3: 'waiting a1f0l0n0' });
    open.control = { ...open.control, isPaused: true };
    expect(lines(open)).toEqual([]);
    open.control = { ...open.control, isPaused: false };
    expect(lines(open)).toEqual([released(3, 'a2f0l0n0')]);
  });

  it('counts what was taken back only once, so that it may try another as well', () => {
    const open = goalOf({ accepted: 0, released: 2 });
    put(open, { try_1: 'waiting a1f0l0n0', try_2: 'denied' });
    expect(lines(open)).toEqual([released(1, 'a2f0l0n0'), released(3)]);
  });

  it('forgives what was tried in vain once enough was accepted', () => {
    const open = goalOf({ accepted: 2, released: 3 });
    put(open, {
      try_1: 'complete',
      try_2: 'complete',
      try_3: 'denied',
      try_4: 'cancelled',
      try_5: 'cancelled',
    });
    expect(lines(open)).toEqual(['close demo/try as complete: 2 of 2 children are complete']);
  });

  it('that is reached leaves alone what a task outside follows item by item', () => {
    const each = { ...TRUE, foreach: '{BATCH_PATH}/i.jsonl' };
    const tasks = {
      list: TRUE,
      make: { ...each, depends_on: 'list' },
      draw: { ...each, depends_on: 'make_{ITEM.id}' },
      try: { ...each, depends_on: 'draw_{ITEM.id}' },
      keep: { ...each, depends_on: 'make_{ITEM.id}' },
    };
    const open = batchOf('demo', tasks, { before: GOAL('- **target**: 1') });
    put(open, { list: 'complete' });
    for (const name of ['make', 'draw', 'try', 'keep']) expand(open, name, numbers(2));
    put(open, { make_1: 'complete', draw_1: 'complete', try_1: 'complete', draw_2: 'queued' });
    put(open, { keep_1: 'complete', make_2: 'queued' });
    Object.assign(open.goal!, { accepted: 1, released: 1 });
    expect(lines(open).filter((line) => line.startsWith('cancel'))).toEqual([
      'cancel demo/draw_2 from queue as cancelled a1f0l0n0: the goal is reached: 1 of 1 try accepted',
    ]);
  });
});
