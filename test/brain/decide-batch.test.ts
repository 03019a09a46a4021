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
const DONE = 'summarise demo: every task has ended';

/** With an agent that is alive, so that what is claimed stays claimed. */
const lines = (open: OpenBatch): string[] => linesDecided(worldOf([open], [agentOf('cpu-1', 1)]));

const control = (open: OpenBatch, change: Partial<OpenBatch['control']>): void => {
  open.control = { ...open.control, ...change };
};

describe('skip', () => {
  const diamond = { a: TRUE, b: after('a'), c: after('a'), d: after('b, c'), e: TRUE };

  it('the descendants of what failed for good, and nothing else', () => {
    const open = batchOf('demo', diamond);
    put(open, { a: 'complete', b: 'denied', e: 'claimed' });
    expect(lines(open)).toEqual([
      'skip demo/d from private as skipped a0f0l0n0: b ended failed',
      'release demo/c to 5.cpu.1024.a1f0l0n0: complete: a',
    ]);
  });

  it('step by step to the end of the chain', () => {
    const open = batchOf('demo', diamond);
    put(open, { a: 'aborted', b: 'skipped a0f0l0n0', c: 'skipped a0f0l0n0', e: 'complete' });
    expect(lines(open)).toEqual(['skip demo/d from private as skipped a0f0l0n0: b ended skipped']);
    put(open, { d: 'skipped a0f0l0n0' });
    expect(lines(open)).toEqual([DONE]);
  });

  it('not while it may still be tried again', () => {
    const open = batchOf('demo', { a: TRUE, b: after('a') });
    put(open, { a: 'failed a1f0l0n0' });
    expect(lines(open)).toEqual([]);
    put(open, { a: 'failed a3f2l0n0' });
    expect(lines(open)).toEqual(['skip demo/b from private as skipped a0f0l0n0: a ended failed']);
  });

  it('a template as a whole: its children never get files', () => {
    const open = batchOf('demo', {
      a: TRUE,
      each: { ...ITEMS, depends_on: 'a' },
      sum: after('each'),
    });
    put(open, { a: 'killed' });
    expect(lines(open)).toEqual(['close demo/each as skipped: a ended failed']);
    closeTemplate(open, 'each', 'skipped');
    expect(lines(open)).toEqual([
      'skip demo/sum from private as skipped a0f0l0n0: each ended skipped',
    ]);
  });

  it('child by child where the dependency is', () => {
    const open = batchOf('demo', { one: ITEMS, two: { ...ITEMS, depends_on: 'one_{ITEM.id}' } });
    for (const name of ['one', 'two']) expand(open, name, ['1', '2', '3']);
    put(open, { one_1: 'complete', one_2: 'denied', one_3: 'claimed', two_1: 'claimed' });
    expect(lines(open)).toEqual([
      'skip demo/two_2 from none as skipped a0f0l0n0: its item failed upstream',
    ]);
    put(open, { two_2: 'skipped a0f0l0n0' });
    expect(lines(open)).toEqual([]);
  });

  it('a child once, though two of its items failed', () => {
    const open = batchOf('demo', {
      a: ITEMS,
      b: ITEMS,
      c: { ...ITEMS, depends_on: 'a_{ITEM.id}, b_{ITEM.id}' },
    });
    for (const name of ['a', 'b', 'c']) expand(open, name, ['1']);
    put(open, { a_1: 'denied', b_1: 'denied' });
    expect(lines(open)).toEqual([
      'close demo/a as children_failed: 1 failed, 0 skipped, 0 cancelled of 1 children',
      'close demo/b as children_failed: 1 failed, 0 skipped, 0 cancelled of 1 children',
      'skip demo/c_1 from none as skipped a0f0l0n0: its item failed upstream',
    ]);
  });

  it('a child that an operator brought back behind an item that stays failed', () => {
    const open = batchOf('demo', { one: ITEMS, two: { ...ITEMS, depends_on: 'one_{ITEM.id}' } });
    for (const name of ['one', 'two']) expand(open, name, ['1', '2']);
    put(open, { one_1: 'denied', one_2: 'claimed', two_1: 'skipped a0f0l0n0' });
    put(open, { two_1: 'waiting' });
    expect(lines(open)).toEqual([
      'skip demo/two_1 from private as skipped a0f0l0n0: its item failed upstream',
    ]);
    put(open, { one_1: 'waiting' });
    expect(lines(open)).toEqual([
      'release demo/one_1 to 5.cpu.1024.a2f0l0n0: it depends on nothing',
    ]);
  });
});

describe('expand', () => {
  const plan = {
    list: TRUE,
    one: { ...ITEMS, depends_on: 'list' },
    two: { ...ITEMS, depends_on: 'one_{ITEM.id}' },
  };

  it('when everything before is complete, and a pipeline when its parent is', () => {
    const open = batchOf('demo', plan);
    put(open, { list: 'claimed' });
    expect(lines(open)).toEqual([]);
    put(open, { list: 'complete' });
    const manifest = 'its manifest {BATCH_PATH}/items.jsonl can be read';
    expect(lines(open)).toEqual([`expand demo/one: ${manifest}`]);
    expand(open, 'one', ['1']);
    put(open, { one_1: 'claimed' });
    expect(lines(open)).toEqual([`expand demo/two: ${manifest}`]);
  });

  it('not while the batch is paused', () => {
    const open = batchOf('demo', plan);
    put(open, { list: 'complete' });
    control(open, { isPaused: true });
    expect(lines(open)).toEqual([]);
  });
});

describe('close a template', () => {
  it.each<[string, Record<string, string>, string[]]>([
    [
      'complete',
      { each_1: 'complete', each_2: 'complete' },
      ['close demo/each as complete: 2 of 2 children are complete'],
    ],
    [
      'one failed',
      { each_1: 'complete', each_2: 'denied' },
      ['close demo/each as children_failed: 1 failed, 0 skipped, 0 cancelled of 2 children'],
    ],
    [
      'one skipped',
      { each_1: 'skipped', each_2: 'complete' },
      ['close demo/each as children_failed: 0 failed, 1 skipped, 0 cancelled of 2 children'],
    ],
    [
      'one cancelled',
      { each_1: 'complete', each_2: 'cancelled' },
      ['close demo/each as cancelled: 0 failed, 0 skipped, 1 cancelled of 2 children'],
    ],
    ['one claimed', { each_1: 'complete', each_2: 'claimed' }, []],
    ['one waiting for its next attempt', { each_1: 'complete', each_2: 'failed' }, []],
  ])('%s', (_, states, expected) => {
    const open = batchOf('demo', { each: ITEMS });
    expand(open, 'each', ['1', '2']);
    put(open, states);
    expect(lines(open)).toEqual(expected);
  });

  it('of no items: complete at once', () => {
    const open = batchOf('demo', { each: ITEMS, sum: after('each') });
    expand(open, 'each', []);
    expect(lines(open)).toEqual(['close demo/each as complete: 0 of 0 children are complete']);
    closeTemplate(open, 'each');
    expect(lines(open)).toEqual(['release demo/sum to 5.cpu.1024.a1f0l0n0: complete: each']);
  });
});

describe('summarise', () => {
  it('only when everything has ended, and templates are closed', () => {
    const open = batchOf('demo', { a: TRUE, each: ITEMS });
    expand(open, 'each', ['1']);
    put(open, { a: 'claimed', each_1: 'complete' });
    expect(lines(open)).toEqual(['close demo/each as complete: 1 of 1 children are complete']);
    closeTemplate(open, 'each');
    expect(lines(open)).toEqual([]);
    for (const state of ['queued', 'failed', 'waiting']) {
      put(open, { a: state });
      expect(lines(open)).not.toContain(DONE);
    }
    for (const state of ['complete', 'denied', 'cancelled', 'skipped']) {
      put(open, { a: state });
      expect(lines(open)).toEqual([DONE]);
    }
  });
});

describe('a definition without a class', () => {
  const guess = 'task_class was missing: set to cpu, because it calls only true';
  const unknown = 'it has no task_class, and nothing in its definition tells which';

  it.each<[string, Record<string, string>, string]>([
    ['that tells which', { task_class: 'none' }, `fix demo/a: ${guess}`],
    [
      'of a template that tells which',
      { task_class: 'none', foreach: '{BATCH_PATH}/i.jsonl' },
      `fix demo/a: ${guess}`,
    ],
    [
      'that tells nothing',
      { task_class: 'none', command: './tool' },
      `fail demo/a from private as definition a0f0l0n0: ${unknown}`,
    ],
    [
      'of a template that tells nothing',
      { task_class: 'none', command: './tool', foreach: '{BATCH_PATH}/i.jsonl' },
      `close demo/a as definition: ${unknown}`,
    ],
  ])('%s', (_, fields, line) => {
    const open = batchOf('demo', { a: { ...TRUE, ...fields } });
    expect(lines(open)).toEqual([line]);
  });
});

describe('pause', () => {
  it('takes back what nobody has claimed, lets run what runs, and releases and retries nothing', () => {
    const open = batchOf('demo', { a: TRUE, b: TRUE, c: TRUE, d: TRUE });
    put(open, { a: 'queued', b: 'claimed', c: 'failed' });
    control(open, { isPaused: true });
    const world = worldOf([open], [agentOf('cpu-1', 1)]);
    expect(linesDecided(world, { nowMs: NOW_MS + 600_000 })).toEqual([
      'recall demo/a: the batch is paused',
    ]);
    put(open, { a: 'waiting a1f0l0n0' });
    control(open, { isPaused: false });
    expect(lines(open)).toEqual([
      'release demo/a to 5.cpu.1024.a2f0l0n0: it depends on nothing',
      'release demo/d to 5.cpu.1024.a1f0l0n0: it depends on nothing',
    ]);
  });
});
