// What a brain does first: rebuild the model of every open batch from the plan snapshots and the names
// in the lanes (restore.ts), with caches busted.
import { readBatch } from '../store/inbox.ts';
import { readRecord } from '../store/records.ts';
import { listFresh } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import { BATCH_ID, SUMMARY_TASK } from '../protocol/ids.ts';
import { formatComplete, formatPrivate, NO_COUNTS } from '../protocol/lane-name.ts';
import {
  batchPath,
  completePath,
  failedPath,
  groupRecordPath,
  PRIVATE,
  privatePath,
} from '../protocol/layout.ts';
import { inferDefinition } from '../protocol/plan/infer.ts';
import type { Plan } from '../protocol/plan/types.ts';
import { groupRecordSchema, taskSchema } from '../protocol/task.ts';
import { tryOpen } from './open-snapshot.ts';
import type { Effects } from './effects.ts';
import { readControl } from './control.ts';
import type { OpenBatch, World } from './model.ts';
import { addEntries } from './progress.ts';
import { endOwnOrphans } from './orphans.ts';
import { restoreFailures } from './restore-failures.ts';
import { restoreStates } from './restore.ts';
import { toEnd } from './steps.ts';
import { correct, writeGroupAnew } from './structure.ts';

/** Every batch that has a directory in private_tasks is open. */
export async function loadWorld(effects: Effects, world: World): Promise<void> {
  const ids = (await listFresh(effects.store, PRIVATE)).filter((name) => BATCH_ID.test(name));
  for (const id of ids.toSorted()) {
    const open = await loadBatch(effects, id);
    if (open !== null) world.batches.set(id, open);
  }
  await endOwnOrphans(effects, world);
  await restoreFailures(effects, world);
}

/** `known`: its plan, where it was read before. */
export async function loadBatch(
  effects: Effects,
  id: string,
  known?: Plan,
): Promise<OpenBatch | null> {
  const { store, clock, log } = effects;
  const plan = await planOf(store, id);
  if (plan === null) {
    log.error({ batch: id }, 'no task file of this open batch tells its plan; it is left alone');
    return null;
  }
  const directory = batchPath(plan, id);
  const read = await readBatch(store, directory);
  // Still in the inbox: accepting it goes on where it stopped.
  if (read.is === 'missing') return null;
  if (read.is === 'damaged') {
    log.error(
      { batch: id, problem: read.problem },
      'batch.json is damaged; the batch is left alone',
    );
    return null;
  }
  const { modelPolicy: tries } = effects.policy.config;
  const opening = { nowMs: clock.monotonicMs(), isFromStart: false, tries, known };
  const opened = await toEnd(tryOpen(store, directory, read.value, opening));
  if ('errors' in opened) {
    log.error(
      { batch: id, errors: opened.errors },
      'the plan snapshot is damaged; the batch is left alone',
    );
    return null;
  }
  const { open } = opened;
  // A loss of power may have taken them, and a rename into a folder that is not there finds nothing.
  for (const lane of [completePath(id), failedPath(id)]) await store.disk.mkdir(lane);
  open.control = await readControl(store, open);
  if (!(await restoreGroups(effects, open))) return null;
  await restoreStates(effects, open);
  return open;
}

/** From the built-in summary, which is in private_tasks until the moment before the batch is closed. */
async function planOf(store: Store, id: string): Promise<string | null> {
  const name = { task: SUMMARY_TASK, counts: NO_COUNTS };
  for (const path of [
    `${privatePath(id)}/${formatPrivate(SUMMARY_TASK)}`,
    `${completePath(id)}/${formatComplete(name)}`,
  ]) {
    const read = await readRecord(store.disk, path, taskSchema);
    if (read.is === 'ok') return read.value.plan;
  }
  return null;
}

/** Corrected definitions and expanded templates. False: unknown children would be created a second time. */
async function restoreGroups(effects: Effects, open: OpenBatch): Promise<boolean> {
  const { store, policy, log } = effects;
  const { id } = open.batch;
  for (const group of open.groups.values()) {
    if (group.task.task_class === undefined) {
      const inferred = inferDefinition(group.task);
      const path = `${privatePath(id)}/${formatPrivate(group.name)}`;
      const read = await readRecord(store.disk, path, taskSchema);
      // Not private any more, or already corrected there: the correction is the same as before.
      const isCorrected = read.is !== 'ok' || read.value.task_class !== undefined;
      if (inferred !== null && isCorrected) correct(group, inferred.task_class, inferred.fix);
    }
    if (!group.isForeach) continue;
    const { manifestBytesMax } = policy.config.brain;
    const path = groupRecordPath(id, group.name);
    const record = await readRecord(store.disk, path, groupRecordSchema, 2 * manifestBytesMax);
    if (record.is === 'ok') addEntries(open, group, record.value.children);
    if (record.is !== 'damaged') continue;
    log.error({ path, problem: record.problem }, 'damaged; it is written anew from its manifest');
    if (!(await writeGroupAnew(effects, open, group))) return false;
  }
  return true;
}
