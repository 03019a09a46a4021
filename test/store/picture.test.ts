import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../agents/process/settings.ts';
import type { Disk } from '../../agents/store/disk.ts';
import { readOneBatch, readPicture } from '../../agents/store/picture.ts';
import { findBatch, listPlans } from '../../agents/store/picture/batches.ts';
import { countGroups, headingOf, isAmbiguous, sumOf } from '../../agents/store/picture/count.ts';
import type { Heading, TaskPicture, TaskState } from '../../agents/store/picture/model.ts';
import { TASK_STATES } from '../../agents/store/picture/model.ts';
import { createDisk } from '../../agents/store/real-disk.ts';
import { createStore } from '../../agents/store/store.ts';
import { planText } from '../helpers/plan-text.ts';

const template = (task: string): Heading => ({ task, isForeach: true, dependsOn: [] });
const single = (task: string): Heading => ({ task, isForeach: false, dependsOn: [] });
const index = (headings: readonly Heading[]) => new Map(headings.map((one) => [one.task, one]));
const { retry } = parseConfig('{}', 'config.json');

describe('the heading of a child', () => {
  const headings = [template('scan'), template('scan_deep'), single('scan_all')];

  it('is the longest template that begins its name; a record knows better', () => {
    expect(headingOf('scan_a', index(headings), new Map())).toBe('scan');
    expect(headingOf('scan_deep_a', index(headings), new Map())).toBe('scan_deep');
    expect(headingOf('scan_all', index(headings), new Map())).toBe('scan_all');
    expect(headingOf('scan_deep_a', index(headings), new Map([['scan_deep_a', 'scan']]))).toBe(
      'scan',
    );
    expect(headingOf('other_a', index(headings), new Map())).toBe('other_a');
  });

  it('is ambiguous only when one name begins another', () => {
    expect(isAmbiguous(headings)).toBe(true);
    expect(isAmbiguous([template('scan'), template('scanner'), single('scans')])).toBe(false);
  });
});

describe('counts', () => {
  const state = fc.constantFrom<TaskState>(...TASK_STATES);

  it('of a group add up to its total, whatever is seen of it', () => {
    fc.assert(
      fc.property(
        fc.array(state, { maxLength: 30 }),
        fc.nat(20),
        fc.boolean(),
        (states, more, isOpen) => {
          const tasks: TaskPicture[] = states.map((one, n) => ({
            id: `each_${n}`,
            heading: 'each',
            state: one,
            attempt: 1,
            file: '',
          }));
          const closed: TaskPicture = {
            id: 'each',
            heading: 'each',
            state: 'skipped',
            reason: 'skipped',
            attempt: 0,
            file: '',
          };
          const all = isOpen ? tasks : [...tasks, closed];
          const facts = new Map([['each', { total: states.length + more, durationMsMean: null }]]);
          const [group] = countGroups([template('each')], all, facts);
          expect(sumOf(group!.counts)).toBe(group!.total);
          expect(group!.counts.complete).toBe(states.filter((one) => one === 'complete').length);
          expect(group!.result).toBe(isOpen ? 'open' : 'skipped');
        },
      ),
    );
  });

  it('of a foreach that is not expanded are not known, and none when it had no items', () => {
    const closed: TaskPicture = {
      id: 'each',
      heading: 'each',
      state: 'complete',
      attempt: 0,
      file: '',
    };
    expect(countGroups([template('each')], [], new Map())[0]).toMatchObject({
      total: null,
      result: 'open',
    });
    expect(countGroups([template('each')], [closed], new Map())[0]).toMatchObject({
      total: 0,
      result: 'complete',
    });
  });
});

describe('the picture', () => {
  const BATCH = 'demo-20260102-030405-aaaaa';
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tutti-picture-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const write = (path: string, text = '{}'): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const storeOn = (disk: Disk) => createStore(disk, false, 'inbox/.staging', 'test');
  const rank = '940000000001';

  it('finds plans one and two folders deep, and batches by their id', async () => {
    for (const plan of ['demo', 'examples/demo', 'examples/other']) write(`plans/${plan}/plan.md`);
    write('plans/.hidden/plan.md');
    write(`plans/examples/demo/batches/${BATCH}/batch.json`);
    const disk = createDisk(root, false);
    expect(await listPlans(disk)).toEqual(['demo', 'examples/demo', 'examples/other']);
    expect(await findBatch(disk, BATCH)).toEqual({ batch: BATCH, plan: 'examples/demo' });
    expect(await findBatch(disk, BATCH.replace('aaaaa', 'bbbbb'))).toBeNull();
    expect(await findBatch(disk, '../../etc')).toBeNull();
  });

  it('sees a task that moves while it looks, once, and where it went', async () => {
    write(
      `plans/demo/batches/${BATCH}/plan.md`,
      planText({ a: { command: 'x' }, b: { command: 'x' } }),
    );
    write(`brain/private_tasks/${BATCH}/a.json`);
    write(`brain/private_tasks/${BATCH}/b.json`);
    const real = createDisk(root, false);
    // After each listing the task moves on to the lane that is listed next.
    const next: Record<string, string> = {
      [`brain/private_tasks/${BATCH}`]: `tasks/queue/${rank}.cpu.1024.${BATCH}.a.a1f0l0n0.json`,
      'tasks/queue': `tasks/processing/${rank}.cpu.1024.${BATCH}.a.a1f0l0n0.by-cpu-1.json`,
      'tasks/processing': `tasks/complete/${BATCH}/a.a1f0l0n0.json`,
    };
    const disk: Disk = {
      ...real,
      async list(path) {
        const names = await real.list(path);
        if (next[path] !== undefined) write(next[path]);
        return names;
      },
    };
    const picture = await readPicture(storeOn(disk), retry);
    expect(picture.batches[0]!.tasks.map(({ id, state }) => [id, state])).toEqual([
      ['a', 'complete'],
      ['b', 'waiting'],
    ]);
    expect(picture.batches[0]!.groups.map(({ result }) => result)).toEqual(['complete', 'open']);
  });

  it('says what is wrong when the plan snapshot cannot be read, and still counts', async () => {
    write(`plans/demo/batches/${BATCH}/plan.md`, 'not a plan');
    write(`brain/private_tasks/${BATCH}/a.json`);
    const batch = await readOneBatch(storeOn(createDisk(root, false)), BATCH, retry);
    expect(batch!.problem).toContain('PLAN_TASKS_MISSING');
    expect(batch!.groups.map(({ task, counts }) => [task, counts.waiting])).toEqual([['a', 1]]);
  });

  it('ignores what is no lane name: NFS leftovers, editor files, rsync temporaries', async () => {
    for (const name of [
      '.nfs0001',
      'a.json~',
      '.a.json.Xy12',
      'x.json',
      `${rank}.gpu.1.${BATCH}.a.a1f0l0n0.json`,
    ]) {
      write(`tasks/queue/${name}`);
    }
    const picture = await readPicture(storeOn(createDisk(root, false)), retry);
    expect(picture.lanes.queue).toEqual([]);
  });
});
