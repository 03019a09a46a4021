import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatQueue } from '../../agents/protocol/lane-name.ts';
import type { Task } from '../../agents/protocol/task.ts';
import type { Outcome } from '../../agents/protocol/words.ts';
import { eventually } from '../helpers/eventually.ts';
import { NAME, PLAN, Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

describe('a task', () => {
  it('is claimed, run and committed, with its record and its log', async () => {
    await stage.startUp();
    const command = `echo "$TUTTI_TASK_ID $TUTTI_INPUT_GREETING [$CUDA_VISIBLE_DEVICES]"; echo '{"accepted":false}'`;
    stage.release('one', command);
    expect(await stage.finished('one')).toBe('complete/one.a1f0l0n0.json');
    const { started_at, finished_at, duration_ms, host, ...record } = stage.record('one');
    expect(record).toEqual({
      v: 1,
      batch: stage.batch,
      plan: PLAN,
      task: 'one',
      attempt: 1,
      agent: NAME,
      incarnation: stage.heartbeat().incarnation,
      outcome: 'complete',
      exit_code: 0,
      signal: null,
      message: 'The command ended with exit status 0.',
      vram_peak_mib: null,
      log: `plans/demo/batches/${stage.batch}/logs/one.a1.log`,
      result: { accepted: false },
      sandbox: 'none',
    });
    expect([started_at, finished_at, duration_ms, host].every(Boolean)).toBe(true);
    expect(stage.log('one')).toBe('one hello []\n{"accepted":false}\n');
    expect(stage.list('tasks/processing')).toEqual([]);
    const beat = await eventually('the heartbeat counts it', () => {
      const now = stage.heartbeat();
      return now.tasks_done === 1 && now.running.length === 0 ? now : null;
    });
    expect(beat).toMatchObject({
      state: 'running',
      slots: 2,
      slots_used: 0,
      card: null,
      budget_mib: 0,
    });
  });

  it.each<[string, Outcome, Partial<Task>]>([
    ['exit 75', 'not_now', {}],
    ['exit 3', 'failed', {}],
    ['kill -9 $$', 'crashed', {}],
    ['sleep 60', 'timeout', { timeout_s: 0.3 }],
    ['true', 'missing_output', { produces: ['results/x'] }],
    ['true', 'missing_input', { requires: ['results/x'] }],
    ['echo {NOBODY}', 'definition', {}],
    ['mkfs /dev/null', 'denied', {}],
  ])('`%s` ends as %s', async (command, outcome, more) => {
    await stage.startUp();
    stage.release('one', command, more);
    expect(await stage.finished('one')).toBe(`failed/one.a1f0l0n0.${outcome}.json`);
    expect(stage.record('one').outcome).toBe(outcome);
  });

  it('that needs more than this agent has is left, and the heartbeat says why', async () => {
    stage.release('script', 'true', {}, { taskClass: 'script' });
    stage.release('elsewhere', 'true', {}, { avoid: NAME });
    await stage.startUp();
    const beat = await eventually('reasons', () => {
      const now = stage.heartbeat();
      return now.why_not_claimed.script === undefined ? null : now;
    });
    expect(beat.why_not_claimed).toEqual({
      script: 'this agent has no card',
      cpu: 'failed here before, waits 2 s for another agent',
    });
    expect(await stage.finished('elsewhere')).toContain('complete/');
    expect(stage.final('script')).toBeNull();
  });

  it('waits while all slots are busy', async () => {
    await stage.startUp();
    for (const task of ['a', 'b', 'c'])
      stage.release(task, `while [ ! -e go-${task} ]; do sleep 0.05; done`);
    await Promise.all([stage.running('a'), stage.running('b')]);
    const why = await eventually('the reason', () => stage.heartbeat().why_not_claimed.cpu);
    expect(why).toBe('2 of 2 slots busy');
    expect(stage.list('tasks/queue')).toHaveLength(1);
    for (const task of ['a', 'b', 'c'])
      stage.write(`plans/${PLAN}/batches/${stage.batch}/go-${task}`, '');
    for (const task of ['a', 'b', 'c']) await stage.finished(task);
  });

  it('is committed although its final folder and the folder of attempts were removed', async () => {
    await stage.startUp();
    stage.release('one', 'while [ ! -e go ]; do sleep 0.05; done');
    await stage.running('one');
    const batch = `plans/${PLAN}/batches/${stage.batch}`;
    rmSync(stage.at(`${batch}/attempts`), { recursive: true });
    stage.write(`${batch}/go`, '');
    expect(await stage.finished('one')).toContain('complete/');
    expect(stage.record('one').outcome).toBe('complete');
  });
});

describe('what is no task', () => {
  const quarantined = async (file: string): Promise<string> => {
    await eventually('quarantine', () => stage.list('tasks/quarantine').includes(file));
    expect(stage.list('tasks/processing')).toEqual([]);
    const reason = JSON.parse(stage.read(`tasks/quarantine/${file}.reason.json`)) as {
      reason: string;
    };
    return reason.reason;
  };

  it.each([
    ['torn', '{"v":1,"id":"o', /^not valid JSON: /],
    ['empty', '', /^the file is empty$/],
    ['strange', '{"v":1,"surprise":true}', /^(id|task|batch)?.*$/],
    ['too large', `"${'x'.repeat(5_000_000)}"`, /^larger than the limit of 4194304 bytes$/],
  ])('a %s file goes to quarantine with its reason', async (_, text, reason) => {
    await stage.startUp();
    const file = stage.place(formatQueue(stage.name('bad')), text);
    expect(await quarantined(file)).toMatch(reason);
    stage.release('good', 'true');
    await stage.finished('good');
  });

  it('a symbolic link goes to quarantine and is not followed', async () => {
    await stage.startUp();
    const target = stage.at('secret.json');
    writeFileSync(target, '{}');
    const file = formatQueue(stage.name('link'));
    symlinkSync(target, stage.at(`tasks/queue/${file}`));
    expect(await quarantined(file)).toBe(
      'not a regular file (a symbolic link, a directory or a device)',
    );
  });

  it('a file whose content is another task goes to quarantine', async () => {
    await stage.startUp();
    const staged = stage.release('inside', 'true', {}, { avoid: 'nobody' });
    await stage.finished('inside');
    const text = stage.read(`tasks/complete/${stage.batch}/inside.a1f0l0n0.json`);
    const file = stage.place(formatQueue(stage.name('outside')), text);
    expect(await quarantined(file)).toBe(
      `its name says ${stage.batch} outside, its content ${stage.batch} inside`,
    );
    expect(staged).toContain('inside');
  });

  it('is ignored: NFS leftovers, editor files, rsync temporaries, folders', async () => {
    const odd = ['.nfs000000012345', 'x.json~', '.x.json.swp', '.task.json.Ab12cD', 'notes.txt'];
    for (const file of odd) stage.write(`tasks/queue/${file}`, 'x');
    mkdirSync(stage.at('tasks/queue/folder'));
    await stage.startUp();
    stage.release('good', 'true');
    await stage.finished('good');
    expect(stage.list('tasks/queue')).toEqual([...odd, 'folder'].toSorted());
    expect(stage.list('tasks/quarantine')).toEqual([]);
  });
});
