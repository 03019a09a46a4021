import { describe, expect, it } from 'vitest';
import type { OpenBatch } from '../../agents/brain/model.ts';
import type { Decision } from '../../agents/brain/decisions.ts';
import {
  agentOf,
  batchOf,
  carryOut,
  closeTemplate,
  decided,
  expand,
  linesDecided,
  policyOf,
  put,
  settingsOf,
  worldOf,
} from './world.ts';

const TRUE = { command: 'true' };
const after = (depends_on: string) => ({ ...TRUE, depends_on });
const ITEMS = { ...TRUE, foreach: '{BATCH_PATH}/items.jsonl' };
const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i + 1));

const released = (decisions: readonly Decision[]): string[] =>
  decisions.flatMap((d) => (d.is === 'release' ? [`${d.batch.split('-')[0]}/${d.task}`] : []));

describe('release', () => {
  it('what depends on nothing, in the order of the plan', () => {
    const open = batchOf('demo', {
      a: TRUE,
      b: TRUE,
      c: after('a, b'),
      d: { ...TRUE, depends_on: 'none' },
    });
    expect(linesDecided(worldOf([open]))).toEqual([
      'release demo/a to 5.cpu.1024.a1f0l0n0: it depends on nothing',
      'release demo/b to 5.cpu.1024.a1f0l0n0: it depends on nothing',
      'release demo/d to 5.cpu.1024.a1f0l0n0: it depends on nothing',
    ]);
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['one of two is complete', { a: 'complete', b: 'claimed' }, []],
    ['one of two is queued', { a: 'complete', b: 'queued' }, []],
    ['one of two waits for its next attempt', { a: 'complete', b: 'failed' }, []],
    [
      'both are complete',
      { a: 'complete', b: 'complete' },
      ['release demo/c to 5.cpu.1024.a1f0l0n0: complete: a, b'],
    ],
  ])('a dependant when %s', (_, states, lines) => {
    const open = batchOf('demo', { a: TRUE, b: TRUE, c: after('a, b') });
    put(open, states);
    expect(linesDecided(worldOf([open], [agentOf('cpu-1', 1)]))).toEqual(lines);
  });

  it('by class and need', () => {
    const open = batchOf('demo', {
      a: { ...TRUE, task_class: 'meta' },
      b: { ...TRUE, task_class: 'script' },
      c: { ...TRUE, task_class: 'script', vram_estimate_mb: 300 },
      d: { ...TRUE, task_class: 'llm' },
    });
    expect(linesDecided(worldOf([open]))).toEqual([
      'release demo/a to 5.meta.0.a1f0l0n0: it depends on nothing',
      'release demo/b to 5.script.1024.a1f0l0n0: it depends on nothing',
      'release demo/c to 5.script.300.a1f0l0n0: it depends on nothing',
      'release demo/d to 5.llm.all.a1f0l0n0: it depends on nothing',
    ]);
  });

  it('by priority: that of the task, else that of its batch', () => {
    const one = batchOf('one', { a: { ...TRUE, priority: 'low' }, b: TRUE }, { priority: 5 });
    const two = batchOf('two', { c: TRUE, d: { ...TRUE, priority: 'urgent' } }, { priority: 8 });
    expect(released(decided(worldOf([one, two])))).toEqual(['two/d', 'two/c', 'one/b', 'one/a']);
  });

  it('what came back has a new attempt and keeps what it used up', () => {
    const open = batchOf('demo', { a: TRUE });
    put(open, { a: 'waiting a3f1l1n2' });
    expect(linesDecided(worldOf([open]))).toEqual([
      'release demo/a to 5.cpu.1024.a4f1l1n2: it depends on nothing',
    ]);
  });

  it.each<[string, (open: OpenBatch) => void]>([
    ['in a paused batch', (open) => (open.control = { ...open.control, isPaused: true })],
    ['whose file vanished', () => undefined],
  ])('nothing %s', (what, prepare) => {
    const open = batchOf('demo', { a: TRUE });
    prepare(open);
    const world = worldOf([open]);
    if (what.includes('vanished')) world.vanished.add(`${open.batch.id}/a`);
    expect(linesDecided(world)).toEqual([]);
  });
});

describe('the window', () => {
  const four = settingsOf({ releaseWindowMin: 4, releaseWindowPerSlot: 2 });

  it.each([
    ['without agents its least size', [], 4],
    ['few slots', [agentOf('cpu-1', 1)], 4],
    ['slots of several agents', [agentOf('cpu-1', 2), agentOf('gpu-1', 3)], 10],
    ['agents that take nothing', [agentOf('cpu-1', 0)], 4],
  ])('%s', (_, agents, size) => {
    const open = batchOf('demo', { each: ITEMS });
    expand(open, 'each', numbers(50));
    const lines = released(decided(worldOf([open], agents), { policy: four }));
    expect(lines).toEqual(numbers(size).map((id) => `demo/each_${id}`));
  });

  it('counts what is queued, not what is claimed or done', () => {
    const open = batchOf('demo', { each: ITEMS });
    expand(open, 'each', numbers(50));
    put(open, { each_1: 'complete', each_2: 'claimed', each_3: 'queued', each_5: 'queued' });
    const lines = released(decided(worldOf([open], [agentOf('cpu-1', 1)]), { policy: four }));
    expect(lines).toEqual(['demo/each_4', 'demo/each_6']);
  });

  it('is one per class and need: what nobody can run blocks nobody', () => {
    const open = batchOf('demo', {
      big: { ...ITEMS, task_class: 'llm' },
      half: { ...ITEMS, task_class: 'llm', vram_estimate_mb: 2000 },
      small: ITEMS,
    });
    for (const name of ['big', 'half', 'small']) expand(open, name, numbers(9));
    put(open, { big_1: 'queued', big_2: 'queued', big_3: 'queued', big_4: 'queued' });
    expect(released(decided(worldOf([open]), { policy: four }))).toEqual(
      numbers(4).flatMap((id) => [`demo/half_${id}`, `demo/small_${id}`]),
    );
  });

  it('full of low ones lets urgent ones in, and full of urgent ones lets nothing in', () => {
    const low = batchOf('low', { each: ITEMS }, { priority: 3 });
    const urgent = batchOf('urgent', { each: ITEMS }, { priority: 10 });
    for (const open of [low, urgent]) expand(open, 'each', numbers(9));
    const world = worldOf([low, urgent]);
    put(low, { each_1: 'queued', each_2: 'queued', each_3: 'queued', each_4: 'queued' });
    const first = decided(world, { policy: four });
    expect(released(first)).toEqual(numbers(4).map((id) => `urgent/each_${id}`));
    carryOut(world, first);
    expect(released(decided(world, { policy: four }))).toEqual([]);
  });
});

describe('batches of equal priority take turns', () => {
  const window = settingsOf({ releaseWindowMin: 6 });
  const pair = (): [OpenBatch, OpenBatch] => {
    const [one, two] = [batchOf('one', { each: ITEMS }), batchOf('two', { each: ITEMS })];
    for (const open of [one, two]) expand(open, 'each', numbers(40));
    return [one, two];
  };

  it('one by one, the older first', () => {
    const lines = released(decided(worldOf(pair()), { policy: window }));
    expect(lines).toEqual([1, 2, 3].flatMap((id) => [`one/each_${id}`, `two/each_${id}`]));
  });

  it('and a younger one is not starved when room comes one by one', () => {
    const [one, two] = pair();
    const world = worldOf([one]);
    carryOut(world, decided(world, { policy: window }));
    world.batches.set(two.batch.id, two);
    const order = numbers(6).map((id) => {
      put(one, { [`each_${id}`]: 'complete' });
      const decisions = decided(world, { policy: window });
      carryOut(world, decisions);
      return released(decisions).join();
    });
    expect(order.join(' ')).toBe(
      'two/each_1 two/each_2 two/each_3 one/each_7 one/each_8 one/each_9',
    );
    put(two, { each_1: 'complete' });
    expect(released(decided(world, { policy: window }))).toEqual(['two/each_4']);
  });

  it('for each need apart: what one cannot run costs it no turn elsewhere', () => {
    const one = batchOf('one', { big: { ...ITEMS, task_class: 'llm' }, small: ITEMS });
    const two = batchOf('two', { small: ITEMS });
    expand(one, 'big', numbers(20));
    for (const open of [one, two]) expand(open, 'small', numbers(20));
    put(one, Object.fromEntries(numbers(6).map((id) => [`big_${id}`, 'queued'])));
    expect(released(decided(worldOf([one, two]), { policy: window }))).toEqual(
      [1, 2, 3].flatMap((id) => [`one/small_${id}`, `two/small_${id}`]),
    );
  });
});

describe('item by item', () => {
  const plan = {
    list: TRUE,
    one: { ...ITEMS, depends_on: 'list' },
    two: { ...ITEMS, depends_on: 'one_{ITEM.id}' },
  };

  it('a child follows its own item, before the group is done', () => {
    const open = batchOf('demo', plan);
    put(open, { list: 'complete' });
    for (const name of ['one', 'two']) expand(open, name, numbers(4));
    put(open, { one_1: 'claimed', one_2: 'complete', one_3: 'failed', one_4: 'complete' });
    expect(linesDecided(worldOf([open], [agentOf('cpu-1', 1)]))).toEqual([
      'release demo/two_2 to 5.cpu.1024.a1f0l0n0: complete: one',
      'release demo/two_4 to 5.cpu.1024.a1f0l0n0: complete: one',
    ]);
  });

  it('a child with two parents waits for both, and a whole group before is waited for too', () => {
    const open = batchOf('demo', {
      a: ITEMS,
      b: ITEMS,
      c: { ...ITEMS, depends_on: 'a_{ITEM.id}, b_{ITEM.id}, last' },
      last: TRUE,
    });
    for (const name of ['a', 'b', 'c']) expand(open, name, numbers(3));
    const world = worldOf([open], [agentOf('cpu-1', 1)]);
    put(open, {
      a_1: 'complete',
      b_1: 'complete',
      a_2: 'complete',
      b_2: 'queued',
      last: 'claimed',
    });
    put(open, { a_3: 'claimed', b_3: 'complete' });
    expect(linesDecided(world)).toEqual([]);
    put(open, { last: 'complete' });
    expect(linesDecided(world)).toEqual([
      'release demo/c_1 to 5.cpu.1024.a1f0l0n0: complete: last, a, b',
    ]);
  });

  it('a whole group is waited for until its template is closed', () => {
    const open = batchOf('demo', { each: ITEMS, sum: after('each') });
    expand(open, 'each', ['1']);
    put(open, { each_1: 'complete' });
    const world = worldOf([open]);
    expect(released(decided(world))).toEqual([]);
    closeTemplate(open, 'each');
    expect(released(decided(world))).toEqual(['demo/sum']);
  });
});

describe('the brain’s own tasks', () => {
  const own = { ...TRUE, executor: 'brain' };
  const policy = policyOf({ brain: { slots: 2 } });

  it('begin without a stay in the queue, as many as the brain has slots', () => {
    const open = batchOf('demo', { a: own, b: own, c: own, d: TRUE });
    const world = worldOf([open]);
    expect(linesDecided(world, { policy })).toEqual([
      'begin demo/a to 5.brain.0.a1f0l0n0: it depends on nothing',
      'release demo/d to 5.cpu.1024.a1f0l0n0: it depends on nothing',
      'begin demo/b to 5.brain.0.a1f0l0n0: it depends on nothing',
    ]);
    put(open, { a: 'claimed brain', b: 'claimed brain', d: 'complete' });
    expect(linesDecided(world, { policy })).toEqual([]);
    put(open, { b: 'complete' });
    expect(linesDecided(world, { policy })).toEqual([
      'begin demo/c to 5.brain.0.a1f0l0n0: it depends on nothing',
    ]);
  });
});
