// `submit --resume OLD`: the new batch takes over what the old one completed. Only a task whose own
// definition is unchanged and whose dependencies were all taken over too is spared; everything else
// runs. All of it happens while the submission still lies in the inbox, so a crash just starts over.
import { attemptRecordSchema } from '../protocol/attempt.ts';
import type { AttemptRecord } from '../protocol/attempt.ts';
import { NO_COUNTS, parseComplete } from '../protocol/lane-name.ts';
import type { Counts } from '../protocol/lane-name.ts';
import {
  archivedPrivatePath,
  attemptPaths,
  batchPath,
  completePath,
  groupRecordPath,
  privatePath,
} from '../protocol/layout.ts';
import { groupRecordSchema } from '../protocol/task.ts';
import { readBatch } from '../store/inbox.ts';
import * as lanes from '../store/lanes.ts';
import { encode, readRecord } from '../store/records.ts';
import { listFresh, publish } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import { tryOpen } from './open-snapshot.ts';
import type { Group, OpenBatch } from './model.ts';
import { addEntries } from './progress.ts';
import { inOrder } from './relatives.ts';
import type { Steps } from './steps.ts';
import { fileOf } from './task-files.ts';

/** What a plan's scripts may have made in a batch: everything that is not tutti's own. */
const OWN_FILES =
  /^(batch\.json|plan\.md|attempts|logs|commands|tasks|events\.jsonl|RUN_SUMMARY.*)$/;

/** The entries of the old batch directory to be copied, relative to `shared/`. */
export async function filesToSeed(store: Store, plan: string, old: string): Promise<string[]> {
  const base = batchPath(plan, old);
  const names = (await store.disk.list(base)) ?? [];
  return names.filter((name) => !OWN_FILES.test(name)).map((name) => `${base}/${name}`);
}

/** Moves or creates the completed tasks in the lanes of the new batch. */
export async function* takeOver(store: Store, open: OpenBatch, old: string): Steps<void> {
  const done = new Map<string, Counts>();
  for (const name of await listFresh(store, completePath(old))) {
    const found = parseComplete(name);
    if (found !== null) done.set(found.task, found.counts);
  }
  const unchanged = yield* unchangedGroups(store, open, old);
  const spared = new Set<string>();
  for (const group of inOrder(open)) {
    if (group.task.builtin !== undefined) continue;
    const deps = [...group.wholeDeps, ...group.itemDeps];
    if (!unchanged.has(group.name) || !deps.every((name) => spared.has(name))) continue;
    const taken = group.isForeach
      ? await takeGroup(store, open, group, old, done)
      : await takeTask(store, open, group.name, old, done);
    if (taken.isWhole) spared.add(group.name);
  }
}

interface Taken {
  readonly count: number;
  readonly isWhole: boolean;
}

async function* unchangedGroups(
  store: Store,
  open: OpenBatch,
  old: string,
): Steps<ReadonlySet<string>> {
  const directory = batchPath(open.batch.plan, old);
  const read = await readBatch(store, directory);
  if (read.is !== 'ok') return new Set();
  const before = yield* tryOpen(store, directory, read.value, { nowMs: 0, isFromStart: false });
  if ('errors' in before) return new Set();
  const same = JSON.stringify(before.open.inputs) === JSON.stringify(open.inputs);
  const text = (group: Group | undefined): string => {
    const { place: _, ...definition } = group?.task ?? { place: null };
    return JSON.stringify(definition);
  };
  const names = [...open.groups.keys()].filter(
    (name) => text(open.groups.get(name)) === text(before.open.groups.get(name)),
  );
  // Any task may use any input.
  return new Set(same ? names : []);
}

async function takeTask(
  store: Store,
  open: OpenBatch,
  task: string,
  old: string,
  done: ReadonlyMap<string, Counts>,
): Promise<Taken> {
  const counts = done.get(task);
  if (counts === undefined) return { count: 0, isWhole: false };
  await copyRecord(store, open, task, old, counts);
  await lanes.takeOver(store, { batch: open.batch.id, task, counts: NO_COUNTS }, counts);
  return { count: 1, isWhole: true };
}

async function takeGroup(
  store: Store,
  open: OpenBatch,
  group: Group,
  old: string,
  done: ReadonlyMap<string, Counts>,
): Promise<Taken> {
  const record = await oldGroupRecord(store, open, group.name, old);
  if (record === null) return { count: 0, isWhole: false };
  const { id: batch } = open.batch;
  await publish(store, groupRecordPath(batch, group.name), encode({ ...record, batch }));
  addEntries(open, group, record.children);
  let count = 0;
  for (const entry of group.entries ?? []) {
    const counts = done.get(entry.id);
    if (counts === undefined) continue;
    await copyRecord(store, open, entry.id, old, counts);
    await lanes.createComplete(store, fileOf(open, group, entry), counts);
    count += 1;
  }
  const isWhole = count === record.children.length;
  if (isWhole) await lanes.close(store, { batch, task: group.name, counts: NO_COUNTS });
  return { count, isWhole };
}

async function oldGroupRecord(store: Store, open: OpenBatch, template: string, old: string) {
  const name = `${template}.group.json`;
  for (const directory of [privatePath(old), archivedPrivatePath(open.batch.plan, old)]) {
    const read = await readRecord(store.disk, `${directory}/${name}`, groupRecordSchema);
    if (read.is === 'ok') return read.value;
  }
  return null;
}

/** The record still says where it ran and where its log is: in the old batch. */
async function copyRecord(
  store: Store,
  open: OpenBatch,
  task: string,
  old: string,
  counts: Counts,
): Promise<void> {
  const { plan, id } = open.batch;
  const from = attemptPaths(plan, old, task, counts.attempt).record;
  const read = await readRecord(store.disk, from, attemptRecordSchema);
  if (read.is !== 'ok') return;
  const record: AttemptRecord = { ...read.value, batch: id };
  await publish(store, inInbox(plan, id, task, counts), encode(record));
}

const inInbox = (plan: string, id: string, task: string, counts: Counts): string =>
  attemptPaths(plan, id, task, counts.attempt).record.replace(batchPath(plan, id), `inbox/${id}`);
