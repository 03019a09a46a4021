// What fails, how often it is tried again, and what that means for the rest of the batch.
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { planText } from '../helpers/plan-text.ts';
import { attemptsOf, eventsOf, folderOf, placeOf, submit, verdictOf } from '../helpers/plays.ts';
import { AGENTS, openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { jsonOf, textOf } from '../helpers/tree.ts';

let rig: Rig;
beforeAll(async () => {
  // In the sandbox, where this host has one.
  rig = await openRig({
    config: { sandbox: 'auto', retry: { backoffMs: 200, notNowBackoffMs: 50 } },
  });
  // It prefers another agent for a retry only once it has heard of one.
  const picture = join(rig.shared, 'brain/state.json');
  await eventually('the brain knows its agents', () => {
    const { agents } = jsonOf(picture) as {
      readonly agents: readonly { readonly state: string }[];
    };
    return agents.filter(({ state }) => state === 'alive').length === AGENTS.length;
  });
});
afterEach(() => rig.check());
afterAll(() => rig.close());

const outcomes = (batch: string, task: string): string[] =>
  attemptsOf(rig, batch, task).map(({ outcome }) => outcome);

describe('retries', () => {
  it('tries a task again after a wait, on another agent', async () => {
    const text = planText({ flaky: { command: '[ "$TUTTI_ATTEMPT" -ge 3 ]' } });
    const batch = await submit(rig, text);
    expect(await verdictOf(rig, batch)).toMatchObject({ verdict: 'complete', attempts: 3 });
    const [first, second, third] = attemptsOf(rig, batch, 'flaky');
    expect(outcomes(batch, 'flaky')).toEqual(['failed', 'failed', 'complete']);
    expect(second!.agent).not.toBe(first!.agent);
    const waitMs = Date.parse(second!.started_at) - Date.parse(first!.finished_at);
    expect(waitMs).toBeGreaterThanOrEqual(199);
    const longerMs = Date.parse(third!.started_at) - Date.parse(second!.finished_at);
    expect(longerMs).toBeGreaterThanOrEqual(399);
    const retries = eventsOf(rig, batch).filter(({ type }) => type === 'retry');
    expect(retries.map(({ details }) => String(details['to']).replace(/^.*\.flaky\./, ''))).toEqual(
      [`a2f1l0n0.not-${first!.agent}.json`, `a3f2l0n0.not-${second!.agent}.json`],
    );
    expect(placeOf(rig, batch, 'flaky')?.path).toBe(`tasks/complete/${batch}/flaky.a3f2l0n0.json`);
  });

  it('honours `retries`, and gives up with the reason in the name', async () => {
    const text = planText({ never: { command: 'echo no luck; exit 3', retries: 1 } });
    const batch = await submit(rig, text);
    const { verdict, problems } = await verdictOf(rig, batch);
    expect(verdict).toBe('failed');
    expect(problems).toEqual([
      {
        task: 'never',
        reason: 'failed',
        attempt: 2,
        agent: attemptsOf(rig, batch, 'never')[1]!.agent,
        exit_code: 3,
        message: 'The command ended with exit status 3; its last line of output: no luck',
        log: `${folderOf(batch)}/logs/never.a2.log`,
      },
    ]);
    expect(placeOf(rig, batch, 'never')?.path).toBe(
      `tasks/failed/${batch}/never.a2f1l0n0.failed.json`,
    );
  });

  it('uses up no attempt when a task says "not now" by exit status 75', async () => {
    const text = planText({
      later: { command: '[ "$TUTTI_ATTEMPT" -ge 4 ] || exit 75', retries: 0 },
    });
    const batch = await submit(rig, text);
    expect(await verdictOf(rig, batch)).toMatchObject({ verdict: 'complete' });
    expect(outcomes(batch, 'later')).toEqual(['not_now', 'not_now', 'not_now', 'complete']);
    expect(placeOf(rig, batch, 'later')?.path).toBe(`tasks/complete/${batch}/later.a4f0l0n3.json`);
  });

  it('ends a task at its timeout, and the group with it', async () => {
    const text = planText({ slow: { command: 'sleep 300 & sleep 300', timeout: 1, retries: 0 } });
    const batch = await submit(rig, text);
    const { problems } = await verdictOf(rig, batch);
    expect(problems[0]).toMatchObject({ task: 'slow', reason: 'timeout' });
    expect(attemptsOf(rig, batch, 'slow')[0]!.duration_ms).toBeLessThan(60_000);
  });

  it('retries the tasks of the brain', async () => {
    const text = planText({
      own: { executor: 'brain', command: '[ "$TUTTI_ATTEMPT" -ge 2 ]' },
      hopeless: { executor: 'brain', command: 'false', retries: 1 },
      worker: { command: 'true', depends_on: 'own' },
    });
    const batch = await submit(rig, text);
    const { verdict, problems } = await verdictOf(rig, batch);
    expect(verdict).toBe('failed');
    expect(problems.map(({ task, attempt, agent }) => [task, attempt, agent])).toEqual([
      ['hopeless', 2, 'brain'],
    ]);
    expect(outcomes(batch, 'own')).toEqual(['failed', 'complete']);
    expect(outcomes(batch, 'worker')).toEqual(['complete']);
  });
});

it('lets the other branch run to its end and skips only descendants', async () => {
  const text = planText({
    root: { command: 'true' },
    broken: { command: 'echo it broke; exit 1', retries: 0, depends_on: 'root' },
    below: { command: 'true', depends_on: 'broken' },
    further: { command: 'true', depends_on: 'below' },
    right: { command: 'sleep 0.5', depends_on: 'root' },
    righter: { command: 'true', depends_on: 'right' },
    join: { command: 'true', depends_on: 'further, righter' },
  });
  const batch = await submit(rig, text);
  const summary = await verdictOf(rig, batch);
  expect(summary).toMatchObject({
    verdict: 'failed',
    counts: { total: 7, complete: 3, failed: 1, skipped: 3, cancelled: 0 },
  });
  expect(summary.problems.map(({ task }) => task)).toEqual(['broken']);
  for (const task of ['below', 'further', 'join']) {
    expect(placeOf(rig, batch, task)?.path).toBe(
      `tasks/failed/${batch}/${task}.a0f0l0n0.skipped.json`,
    );
  }
  expect(placeOf(rig, batch, 'righter')?.lane).toBe('complete');
  // The built-in summary runs after failures too.
  expect(placeOf(rig, batch, 'batch_summary')?.lane).toBe('complete');
  const page = textOf(rig.at(`${folderOf(batch)}/RUN_SUMMARY.md`))!;
  expect(page).toContain(`# ${batch}: failed`);
  expect(page).toContain(
    `- **broken** (failed, attempt 1): The command ended with exit status 1; its last line of output: it broke`,
  );
});

describe('definition errors', () => {
  it('corrects a missing class, behind the dependencies of the task', async () => {
    const text = planText({
      first: { command: 'sleep 0.5' },
      fixed: { command: 'echo hello', task_class: 'none', depends_on: 'first' },
    });
    const batch = await submit(rig, text);
    expect(await verdictOf(rig, batch)).toMatchObject({ verdict: 'complete', attempts: 2 });
    const task = rig.read(placeOf(rig, batch, 'fixed')!.path);
    expect(task).toMatchObject({
      task_class: 'cpu',
      fix_applied: ['task_class was missing: set to cpu, because it calls only echo'],
    });
    const [first, fixed] = attemptsOf(rig, batch);
    expect(first!.finished_at <= fixed!.started_at).toBe(true);
    expect(rig.read(`${folderOf(batch)}/attempts/fixed.a0.json`)).toMatchObject({
      outcome: 'definition',
      error_type: 'definition',
    });
  });

  it('fails what it cannot infer, and only that', async () => {
    const text = planText({
      riddle: { command: './mystery', task_class: 'none' },
      after: { command: 'true', depends_on: 'riddle' },
      beside: { command: 'true' },
    });
    const batch = await submit(rig, text);
    const { verdict, problems, counts } = await verdictOf(rig, batch);
    expect(verdict).toBe('failed');
    expect(counts).toMatchObject({ complete: 1, failed: 1, skipped: 1 });
    expect(problems[0]).toMatchObject({
      task: 'riddle',
      reason: 'definition',
      attempt: 0,
      message: 'it has no task_class, and nothing in its definition tells which',
      log: null,
    });
  });

  it('corrects the class of a foreach before it expands', async () => {
    const text = planText({
      list: { command: `echo '["a", "b"]' > {BATCH_PATH}/two.json` },
      each: {
        command: 'echo {ITEM}',
        task_class: 'none',
        foreach: '{BATCH_PATH}/two.json',
        depends_on: 'list',
      },
    });
    const batch = await submit(rig, text);
    expect(await verdictOf(rig, batch)).toMatchObject({ verdict: 'complete', attempts: 3 });
    expect(rig.read(placeOf(rig, batch, 'each_1')!.path)).toMatchObject({
      task_class: 'cpu',
      fix_applied: [expect.any(String)],
    });
  });
});

it('tells denied, missing input, missing output and not found apart', async () => {
  const text = planText({
    denied: { command: 'rm -rf /', retries: 0 },
    input: { command: 'true', requires: '{BATCH_PATH}/nothing.txt', retries: 0 },
    output: { command: 'true', produces: '{BATCH_PATH}/nothing.txt', retries: 0 },
    absent: { command: 'no-such-program --at all', retries: 0 },
    crash: { command: 'kill -SEGV $$', retries: 0 },
  });
  const batch = await submit(rig, text);
  const { problems } = await verdictOf(rig, batch);
  expect(problems.map(({ task, reason }) => [task, reason])).toEqual([
    ['denied', 'denied'],
    ['input', 'missing_input'],
    ['output', 'missing_output'],
    ['absent', 'failed'],
    ['crash', 'crashed'],
  ]);
});
