// Plans of every shape, from submission to verdict, on two simulated cards and a CPU agent.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AttemptRecord } from '../../agents/protocol/attempt.ts';
import { eventually } from '../helpers/eventually.ts';
import { planText, writeManifest } from '../helpers/plan-text.ts';
import {
  attemptsOf,
  eventsOf,
  folderOf,
  logOf,
  placeOf,
  submit,
  submitExample,
  verdictOf,
} from '../helpers/plays.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { namesIn, textOf } from '../helpers/tree.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterEach(() => rig.check());
afterAll(() => rig.close());

const endOf = (records: readonly AttemptRecord[], task: string): string =>
  records.find((record) => record.task === task)!.finished_at;

/** No task may start before what it depends on has ended. */
function expectOrder(
  records: readonly AttemptRecord[],
  task: string,
  before: readonly string[],
): void {
  const { started_at: start } = records.find((record) => record.task === task)!;
  for (const name of before)
    expect(endOf(records, name) <= start, `${name} before ${task}`).toBe(true);
}

it('plays a diamond: each task after what it depends on', async () => {
  const batch = await submitExample(rig, 'diamond');
  const summary = await verdictOf(rig, batch);
  expect(summary).toMatchObject({
    verdict: 'complete',
    reason: 'every task is complete',
    attempts: 4,
    counts: { total: 4, complete: 4, failed: 0, skipped: 0, cancelled: 0 },
    problems: [],
    outputs: [`${folderOf(batch)}/output/table.txt`],
  });
  const table = textOf(rig.at(`${folderOf(batch)}/output/table.txt`));
  expect(table).toBe('bread with a pinch of salt\ncake with a pinch of salt\n');
  const records = attemptsOf(rig, batch);
  expectOrder(records, 'bake_bread', ['prepare']);
  expectOrder(records, 'bake_cake', ['prepare']);
  expectOrder(records, 'serve', ['bake_bread', 'bake_cake']);
  expect(placeOf(rig, batch, 'batch_summary')?.path).toBe(
    `tasks/complete/${batch}/batch_summary.a0f0l0n0.json`,
  );
});

describe('a pipeline per item', () => {
  it('lets each item go on by itself', async () => {
    const source = '{BATCH_PATH}/items.jsonl';
    const text = planText({
      list: { command: writeManifest(6) },
      wash: {
        command: 'n={ITEM.id}; if [ "$n" = 6 ]; then sleep 1.5; fi',
        foreach: source,
        depends_on: 'list',
      },
      pack: { command: 'true', foreach: source, depends_on: 'wash_{ITEM.id}' },
    });
    const batch = await submit(rig, text);
    expect((await verdictOf(rig, batch)).counts).toMatchObject({ complete: 13, total: 13 });
    const records = attemptsOf(rig, batch);
    for (const id of [1, 2, 3, 4, 5, 6]) expectOrder(records, `pack_${id}`, [`wash_${id}`]);
    for (const id of [1, 2, 3, 4, 5]) {
      expect(
        endOf(records, `pack_${id}`) < endOf(records, 'wash_6'),
        `pack_${id} did not wait`,
      ).toBe(true);
    }
  });

  it('skips the rest of an item that failed, and no other', async () => {
    const source = '{BATCH_PATH}/items.jsonl';
    const text = planText({
      list: { command: writeManifest(3) },
      wash: {
        command: 'n={ITEM.id}; [ "$n" != 2 ]',
        foreach: source,
        depends_on: 'list',
        retries: 0,
      },
      pack: { command: 'true', foreach: source, depends_on: 'wash_{ITEM.id}' },
      sum: { command: 'true', depends_on: 'pack' },
    });
    const batch = await submit(rig, text);
    const { verdict, groups } = await verdictOf(rig, batch);
    expect(verdict).toBe('failed');
    expect(
      groups.map(({ task, complete, failed, skipped }) => [task, complete, failed, skipped]),
    ).toEqual([
      ['list', 1, 0, 0],
      ['wash', 2, 1, 0],
      ['pack', 2, 0, 1],
      ['sum', 0, 0, 1],
    ]);
    expect(placeOf(rig, batch, 'pack_2')?.path).toBe(
      `tasks/failed/${batch}/pack_2.a0f0l0n0.skipped.json`,
    );
  });
});

describe('a manifest', () => {
  const each = (manifest: string, command: string): string =>
    planText({
      list: { command },
      each: { command: 'true', foreach: manifest, depends_on: 'list' },
      last: { command: 'true', depends_on: 'each' },
    });

  it('of nothing completes the foreach as a no-op', async () => {
    const batch = await submit(
      rig,
      each('{BATCH_PATH}/none.json:items', `echo '{"items": []}' > {BATCH_PATH}/none.json`),
    );
    expect(await verdictOf(rig, batch)).toMatchObject({ verdict: 'complete', attempts: 2 });
  });

  it('that never appears fails its foreach with the path', async () => {
    const batch = await submit(rig, each('{BATCH_PATH}/absent.json', 'true'));
    const { verdict, problems } = await verdictOf(rig, batch);
    expect(verdict).toBe('failed');
    expect(problems).toEqual([
      {
        task: 'each',
        reason: 'definition',
        attempt: 0,
        agent: 'brain',
        exit_code: null,
        message:
          'The manifest {BATCH_PATH}/absent.json is not there, although everything before each is complete.',
        log: null,
      },
    ]);
  });

  it('with an id twice fails its foreach with both positions', async () => {
    const twice = `echo '[{"id": "a"}, {"id": "b"}, {"id": "a"}]' > {BATCH_PATH}/twice.json`;
    const batch = await submit(rig, each('{BATCH_PATH}/twice.json', twice));
    const { problems } = await verdictOf(rig, batch);
    expect(problems[0]?.message).toContain('[MANIFEST_DUPLICATE]');
    expect(problems[0]?.message).toMatch(/"a".*1.*3/);
  });
});

it('stops a goal as soon as enough tracked tasks were accepted', async () => {
  const goal = [
    '## Goal',
    '',
    '- **type**: target_count',
    '- **target**: 3',
    '- **tracked_task**: judge',
    '- **max_attempts_multiplier**: 30',
  ];
  const text = planText(
    {
      list: { command: writeManifest(80) },
      judge: {
        command: `sleep 0.1; n={ITEM.id}; if [ $((n % 2)) -eq 0 ]; then echo '{"accepted": true}'; else echo '{"accepted": false}'; fi`,
        foreach: '{BATCH_PATH}/items.jsonl',
        depends_on: 'list',
      },
      report: { command: 'true', depends_on: 'judge' },
    },
    goal.join('\n'),
  );
  const batch = await submit(rig, text);
  const summary = await verdictOf(rig, batch);
  expect(summary.verdict).toBe('complete');
  expect(summary.goal).toMatchObject({ target: 3, tracked_task: 'judge', reached: true });
  expect(summary.goal!.accepted).toBeGreaterThanOrEqual(3);
  const judge = summary.groups.find(({ task }) => task === 'judge')!;
  expect(judge.complete + judge.cancelled).toBe(80);
  // Twelve run at once; the rest of the eighty never started.
  expect(judge.complete).toBeLessThan(40);
  expect(attemptsOf(rig, batch, 'report')).toHaveLength(1);
});

it.each([
  'batch-size',
  'brain-task',
  'env-requires-produces',
  'foreach',
  'goal',
  'multi-line',
  'not-now',
  'predecessor',
  'priorities',
  'retries',
  'vram',
])('plays the example %s', async (name) => {
  const batch = await submitExample(rig, name);
  const summary = await verdictOf(rig, batch);
  expect(summary.problems).toEqual([]);
  expect(summary.verdict).toBe('complete');
  expect(eventsOf(rig, batch)[0]!.type).toBe('accept');
});

it('hands the inputs of a batch to its tasks', async () => {
  const batch = await submitExample(rig, 'inputs', { config: { greeting: 'hi there' } });
  expect((await verdictOf(rig, batch)).verdict).toBe('complete');
  const said = logOf(rig, batch, 'greet_1');
  expect(said).toBe("hi there, Grace O'Hopper!\nhi there, Grace O'Hopper!\n");
});

it('plays a foreach of 500 items and keeps the queue short', async () => {
  const text = planText({
    list: { command: writeManifest(500) },
    each: { command: 'true', foreach: '{BATCH_PATH}/items.jsonl', depends_on: 'list' },
    last: { command: 'true', depends_on: 'each' },
  });
  const batch = await submit(rig, text);
  let longest = 0;
  await eventually('500 tasks', () => {
    longest = Math.max(longest, namesIn(rig.at('tasks/queue')).length);
    return namesIn(rig.at(`tasks/complete/${batch}`)).length >= 500;
  });
  const summary = await verdictOf(rig, batch);
  expect(summary).toMatchObject({ verdict: 'complete', attempts: 502 });
  expect(summary.groups.map(({ task, complete }) => [task, complete])).toEqual([
    ['list', 1],
    ['each', 500],
    ['last', 1],
  ]);
  // 12 slots, and a window of eight places for each.
  expect(longest).toBeLessThanOrEqual(96);
  const records = attemptsOf(rig, batch);
  expect(new Set(records.map(({ agent }) => agent)).size).toBe(3);
  expect(records.at(-1)!.task).toBe('last');
});
