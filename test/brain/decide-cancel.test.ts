import { describe, expect, it } from 'vitest';
import type { OpenBatch } from '../../agents/brain/model.ts';
import {
  agentOf,
  batchOf,
  closeTemplate,
  expand,
  linesDecided,
  NOW_MS,
  put,
  worldOf,
} from './world.ts';

const TRUE = { command: 'true' };
const after = (depends_on: string) => ({ ...TRUE, depends_on });
const ITEMS = { ...TRUE, foreach: '{BATCH_PATH}/items.jsonl' };
const BATCH = 'the batch was cancelled';

/** Long after everything that failed at `NOW_MS` is due for its next attempt. */
const lines = (open: OpenBatch): string[] =>
  linesDecided(worldOf([open], [agentOf('cpu-1', 1)]), { nowMs: NOW_MS + 600_000 });

function cancel(open: OpenBatch, ...names: string[]): void {
  const isCancelled = names.length === 0;
  open.control = { ...open.control, isCancelled, cancelled: new Set(names) };
}

describe('cancel a batch', () => {
  it('ends what waits, is queued or would be tried again, and aborts what runs', () => {
    const open = batchOf('demo', { a: TRUE, b: TRUE, c: TRUE, d: TRUE, e: after('d') });
    put(open, { a: 'complete', b: 'queued', c: 'claimed', d: 'failed a1f0l0n0' });
    cancel(open);
    expect(lines(open)).toEqual([
      `signal demo/c abort by operator to cpu-1: ${BATCH}`,
      `cancel demo/b from queue as cancelled a1f0l0n0: ${BATCH}`,
      `cancel demo/d from failed as cancelled a1f0l0n0: ${BATCH}`,
      `cancel demo/e from private as cancelled a0f0l0n0: ${BATCH}`,
    ]);
  });

  it('ends templates with the children that have no file', () => {
    const open = batchOf('demo', { each: ITEMS, later: { ...ITEMS, depends_on: 'each' } });
    expand(open, 'each', ['1', '2', '3']);
    put(open, { each_1: 'queued', each_2: 'complete' });
    cancel(open);
    expect(lines(open)).toEqual([
      `cancel demo/each_1 from queue as cancelled a1f0l0n0: ${BATCH}`,
      `close demo/later as cancelled: ${BATCH}`,
    ]);
    put(open, { each_1: 'cancelled' });
    closeTemplate(open, 'later', 'cancelled');
    expect(lines(open)).toEqual([`close demo/each as cancelled: ${BATCH}`]);
    closeTemplate(open, 'each', 'cancelled');
    expect(lines(open)).toEqual(['summarise demo: every task has ended']);
  });

  it('that is paused all the same', () => {
    const open = batchOf('demo', { a: TRUE, b: TRUE });
    put(open, { a: 'queued' });
    cancel(open);
    open.control = { ...open.control, isPaused: true };
    expect(lines(open)).toEqual([
      `cancel demo/a from queue as cancelled a1f0l0n0: ${BATCH}`,
      `cancel demo/b from private as cancelled a0f0l0n0: ${BATCH}`,
    ]);
  });

  it('aborts what the brain itself runs', () => {
    const open = batchOf('demo', { a: { ...TRUE, executor: 'brain' } });
    put(open, { a: 'claimed brain' });
    cancel(open);
    expect(lines(open)).toEqual([`signal demo/a abort by operator to brain: ${BATCH}`]);
  });

  it('aborts a claim once', () => {
    const open = batchOf('demo', { a: TRUE });
    put(open, { a: 'claimed' });
    cancel(open);
    const world = worldOf([open], [agentOf('cpu-1', 1)]);
    expect(linesDecided(world)).toEqual([`signal demo/a abort by operator to cpu-1: ${BATCH}`]);
    world.aborted.add(`${open.batch.id}/a/1`);
    expect(linesDecided(world)).toEqual([]);
  });
});

describe('cancel a task', () => {
  it('and what depends on it is skipped; the rest goes on', () => {
    const open = batchOf('demo', { a: TRUE, b: after('a'), c: TRUE });
    cancel(open, 'a');
    expect(lines(open)).toEqual([
      'cancel demo/a from private as cancelled a0f0l0n0: a was cancelled',
      'release demo/c to 5.cpu.1024.a1f0l0n0: it depends on nothing',
    ]);
    put(open, { a: 'cancelled a0f0l0n0', c: 'claimed' });
    expect(lines(open)).toEqual([
      'skip demo/b from private as skipped a0f0l0n0: a ended cancelled',
    ]);
  });

  it('that waits for its next attempt: it is not tried again', () => {
    const open = batchOf('demo', { a: TRUE });
    put(open, { a: 'failed a1f0l0n0' });
    cancel(open, 'a');
    expect(lines(open)).toEqual([
      'cancel demo/a from failed as cancelled a1f0l0n0: a was cancelled',
    ]);
  });

  it('that runs', () => {
    const open = batchOf('demo', { a: TRUE });
    put(open, { a: 'claimed' });
    cancel(open, 'a');
    expect(lines(open)).toEqual([
      'signal demo/a abort by operator to cpu-1: the task was cancelled',
    ]);
  });
});

describe('cancel a template', () => {
  it('with all its children', () => {
    const open = batchOf('demo', { each: ITEMS });
    expand(open, 'each', ['1', '2', '3', '4']);
    put(open, { each_1: 'claimed', each_2: 'queued', each_3: 'failed a1f0l0n0' });
    cancel(open, 'each');
    expect(lines(open)).toEqual([
      'signal demo/each_1 abort by operator to cpu-1: the task was cancelled',
      'cancel demo/each_2 from queue as cancelled a1f0l0n0: each was cancelled',
      'cancel demo/each_3 from failed as cancelled a1f0l0n0: each was cancelled',
    ]);
  });
});

describe('cancel a child', () => {
  const plan = { one: ITEMS, two: { ...ITEMS, depends_on: 'one_{ITEM.id}' } };
  const opened = (): OpenBatch => {
    const open = batchOf('demo', plan);
    for (const name of ['one', 'two']) expand(open, name, ['1', '2']);
    return open;
  };

  it.each<[string, Record<string, string>, string]>([
    [
      'waiting',
      { one_2: 'claimed' },
      'cancel demo/one_1 from none as cancelled a0f0l0n0: one_1 was cancelled',
    ],
    [
      'queued',
      { one_1: 'queued', one_2: 'claimed' },
      'cancel demo/one_1 from queue as cancelled a1f0l0n0: one_1 was cancelled',
    ],
    [
      'recalled',
      { one_1: 'waiting a1f0l0n0', one_2: 'claimed' },
      'cancel demo/one_1 from private as cancelled a1f0l0n0: one_1 was cancelled',
    ],
    [
      'to be tried again',
      { one_1: 'failed a1f0l0n0', one_2: 'claimed' },
      'cancel demo/one_1 from failed as cancelled a1f0l0n0: one_1 was cancelled',
    ],
    [
      'running',
      { one_1: 'claimed', one_2: 'claimed' },
      'signal demo/one_1 abort by operator to cpu-1: the task was cancelled',
    ],
  ])('%s', (_, states, line) => {
    const open = opened();
    put(open, states);
    cancel(open, 'one_1');
    expect(lines(open)).toEqual([line]);
  });

  it('ends it once, though its item failed as well or its template is cancelled', () => {
    const open = opened();
    put(open, { one_1: 'denied', one_2: 'claimed' });
    cancel(open, 'two_1');
    expect(lines(open)).toHaveLength(1);
    cancel(open, 'two', 'two_1');
    put(open, { two_1: 'queued' });
    expect(lines(open)).toEqual([
      'cancel demo/two_1 from queue as cancelled a1f0l0n0: two was cancelled',
    ]);
  });
});
