// What the table of transitions does not show: files that are created in a lane, and the order in which
// quarantine writes. The moves themselves are in test/protocol/transitions.test.ts.
import { describe, expect, it } from 'vitest';
import type { QueueName } from '../../agents/protocol/lane-name.ts';
import { QUARANTINE, QUEUE } from '../../agents/protocol/layout.ts';
import { taskSchema } from '../../agents/protocol/task.ts';
import type { Task } from '../../agents/protocol/task.ts';
import * as lanes from '../../agents/store/lanes.ts';
import { readRecord } from '../../agents/store/records.ts';
import type { Store } from '../../agents/store/store.ts';
import { jsonOf, namesIn, textOf } from '../helpers/tree.ts';
import { codeOf } from './conformance/code-of.ts';
import { failing, setStage, witness } from './stage.ts';

const stage = setStage();
const at = (path: string): string => `${stage().root}/${path}`;
const batch = 'demo-20261121-021455-k3f9x';
const task: Task = {
  v: 1,
  id: 'scan_a',
  batch,
  plan: 'demo',
  template: 'scan',
  index: 0,
  executor: 'worker',
  task_class: 'cpu',
  command: 'echo "señor"',
  depends_on: ['list'],
  priority: 50,
};
const counts = { attempt: 2, failures: 1, losses: 0, notNow: 0 };
const none = { attempt: 0, failures: 0, losses: 0, notNow: 0 };
const queued: QueueName = {
  rank: '490000000001',
  taskClass: 'cpu',
  vram: 0,
  batch,
  task: task.id,
  counts,
};

type Creation = readonly [name: string, create: (store: Store) => Promise<void>, path: string];

const CREATIONS: readonly Creation[] = [
  [
    'releaseChild',
    (store) => lanes.releaseChild(store, task, queued),
    `${QUEUE}/490000000001.cpu.0.${batch}.scan_a.a2f1l0n0.json`,
  ],
  [
    'createPrivate',
    (store) => lanes.createPrivate(store, task),
    `brain/private_tasks/${batch}/scan_a.json`,
  ],
  [
    'createFailed',
    (store) => lanes.createFailed(store, task, none, 'skipped'),
    `tasks/failed/${batch}/scan_a.a0f0l0n0.skipped.json`,
  ],
  [
    'createComplete',
    (store) => lanes.createComplete(store, task, counts),
    `tasks/complete/${batch}/scan_a.a2f1l0n0.json`,
  ],
];

describe('a task that is created in a lane', () => {
  it.each(CREATIONS)('by %s is there, as it is, once', async (_, create, path) => {
    const { store, disk } = stage();
    for (const lane of ['brain/private_tasks', 'tasks/failed', 'tasks/complete']) {
      await disk.mkdir(`${lane}/${batch}`);
    }
    // Twice: a decision that a crash interrupts is carried out again.
    await create(store);
    await create(store);
    expect(await readRecord(disk, path, taskSchema)).toEqual({ is: 'ok', value: task });
    const folder = path.slice(0, path.lastIndexOf('/'));
    expect(namesIn(at(folder))).toEqual([path.slice(folder.length + 1)]);
  });
});

describe('a task that an earlier batch completed', () => {
  it('is complete with the counts that it had there', async () => {
    const { store, disk } = stage();
    await disk.mkdir(`brain/private_tasks/${batch}`);
    await disk.mkdir(`tasks/complete/${batch}`);
    await lanes.createPrivate(store, task);
    const from = { batch, task: task.id, counts: none };
    expect(await lanes.takeOver(store, from, counts)).toBe('moved');
    expect(namesIn(at(`tasks/complete/${batch}`))).toEqual(['scan_a.a2f1l0n0.json']);
    expect(await lanes.takeOver(store, from, { ...counts, attempt: 3 })).toBe('gone');
  });
});

describe('quarantine', () => {
  const damaged = `${QUEUE}/damaged.json`;
  const setAside = (store: Store) =>
    lanes.quarantine(store, damaged, 'damaged.json', 'the file is empty', 'now');

  it('writes the reason first, then moves the file', async () => {
    const { disk, storeOver } = stage();
    await disk.create(damaged, '{', false);
    const seen: string[] = [];
    expect(await setAside(storeOver(witness(disk, seen)))).toBe('moved');
    expect(seen.filter((line) => line.startsWith('rename'))).toEqual([
      `rename to ${QUARANTINE}/damaged.json.reason.json`,
      `rename to ${QUARANTINE}/damaged.json`,
    ]);
    expect(textOf(at(`${QUARANTINE}/damaged.json`))).toBe('{');
    expect(jsonOf(at(`${QUARANTINE}/damaged.json.reason.json`))).toEqual({
      v: 1,
      from: damaged,
      reason: 'the file is empty',
      at: 'now',
    });
  });

  it('that stops in between leaves the file where it was, and goes through again', async () => {
    const { disk, store, storeOver } = stage();
    await disk.create(damaged, '{', false);
    const stopping = storeOver({
      rename: (from, to) => (from === damaged ? failing('ENOSPC') : disk.rename(from, to)),
    });
    expect(await codeOf(() => setAside(stopping))).toBe('ENOSPC');
    expect(namesIn(at(QUEUE))).toEqual(['damaged.json']);
    expect(namesIn(at(QUARANTINE))).toEqual(['damaged.json.reason.json']);
    expect(await setAside(store)).toBe('moved');
    expect(namesIn(at(QUEUE))).toEqual([]);
  });
});
