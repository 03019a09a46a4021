// Several batches at once: none starves another, none mixes with another, the more urgent goes first.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { planText, writeManifest } from '../helpers/plan-text.ts';
import { attemptsOf, submit, verdictOf } from '../helpers/plays.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { namesIn } from '../helpers/tree.ts';

let rig: Rig;
beforeAll(async () => {
  // One agent of two slots, so that the order shows.
  rig = await openRig({
    agents: [{ name: 'cpu-1', kind: 'cpu', slots: 2 }],
    config: { brain: { releaseWindowMin: 8, releaseWindowPerSlot: 2 } },
  });
});
afterEach(() => rig.check());
afterAll(() => rig.close());

const each = (count: number, seconds: number, priority: string): string =>
  planText({
    list: { command: writeManifest(count), priority },
    each: {
      command: `sleep ${seconds}`,
      foreach: '{BATCH_PATH}/items.jsonl',
      depends_on: 'list',
      priority,
    },
  });

it('plays two plans at once, in turns', async () => {
  const first = await submit(rig, each(80, 0.05, 'normal'), { plan: 'one' });
  await eventually('the first one runs', () => attemptsOf(rig, first).length > 4);
  const second = await submit(rig, each(10, 0.05, 'normal'), { plan: 'two' });
  const { verdict } = await verdictOf(rig, second);
  expect(verdict).toBe('complete');
  // The smaller one that came later did not have to wait for the larger one.
  const endOfSecond = attemptsOf(rig, second).at(-1)!.finished_at;
  expect((await verdictOf(rig, first)).verdict).toBe('complete');
  const after = attemptsOf(rig, first).filter(({ started_at: start }) => start > endOfSecond);
  expect(after.length).toBeGreaterThan(10);
  // Nor did the larger one stand still meanwhile.
  const startOfSecond = attemptsOf(rig, second)[0]!.started_at;
  const between = attemptsOf(rig, first).filter(
    ({ started_at: start }) => start > startOfSecond && start < endOfSecond,
  );
  expect(between.length).toBeGreaterThan(2);
});

it('lets the items of a long pipeline through one by one', async () => {
  const source = '{BATCH_PATH}/items.jsonl';
  const text = planText({
    list: { command: writeManifest(40) },
    wash: { command: 'sleep 0.02', foreach: source, depends_on: 'list' },
    pack: { command: 'true', foreach: source, depends_on: 'wash_{ITEM.id}' },
  });
  const batch = await submit(rig, text);
  await verdictOf(rig, batch);
  const order = attemptsOf(rig, batch).map(({ task }) => task);
  const firstPacked = order.findIndex((task) => task.startsWith('pack'));
  expect(firstPacked).toBeLessThan(order.findLastIndex((task) => task.startsWith('wash')) - 10);
});

it('makes two batches of one plan that was submitted twice in one second', async () => {
  const text = planText({
    only: { command: 'echo "$TUTTI_BATCH_ID" > {BATCH_PATH}/results/id.txt' },
  });
  const batches = await Promise.all([submit(rig, text), submit(rig, text)]);
  expect(new Set(batches).size).toBe(2);
  for (const batch of batches) {
    expect((await verdictOf(rig, batch)).counts).toMatchObject({ total: 1, complete: 1 });
    expect(attemptsOf(rig, batch)).toHaveLength(1);
  }
});

it('lets an urgent batch overtake a long queue of low priority', async () => {
  const low = await submit(rig, each(60, 0.05, 'low'));
  await eventually('the queue is full', () => namesIn(rig.at('tasks/queue')).length >= 6);
  const urgent = await submit(rig, each(4, 0.05, 'urgent'));
  await verdictOf(rig, urgent);
  const endOfUrgent = attemptsOf(rig, urgent).at(-1)!.finished_at;
  await verdictOf(rig, low);
  const after = attemptsOf(rig, low).filter(({ started_at: start }) => start > endOfUrgent);
  expect(after.length).toBeGreaterThan(30);
});

it('takes the priority of the submission for tasks that name none', async () => {
  const text = planText({
    list: { command: writeManifest(30) },
    each: { command: 'sleep 0.05', foreach: '{BATCH_PATH}/items.jsonl', depends_on: 'list' },
  });
  const low = await submit(rig, text, { priority: 3 });
  await eventually('the queue is full', () => namesIn(rig.at('tasks/queue')).length >= 4);
  const high = await submit(rig, planText({ only: { command: 'true' } }), { priority: 8 });
  await verdictOf(rig, high);
  const end = attemptsOf(rig, high)[0]!.finished_at;
  await verdictOf(rig, low);
  expect(
    attemptsOf(rig, low).filter(({ started_at: start }) => start > end).length,
  ).toBeGreaterThan(10);
});
