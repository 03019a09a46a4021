// What a brain does first: rebuild the model of every open batch from the plan snapshots and the names
// in the lanes. It looks at the lanes in the order in which tasks move forward, with caches busted, so
// that a task on its way is seen at least once.
import { readAttempt } from '../store/attempts.ts';
import { readBatch } from '../store/inbox.ts';
import { readRecord } from '../store/records.ts';
import { listFresh } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import { BATCH_ID, BRAIN_AGENT, SUMMARY_TASK } from '../protocol/ids.ts';
import { formatComplete, formatPrivate, NO_COUNTS } from '../protocol/lane-name.ts';
import {
  parseClaim,
  parseComplete,
  parseFailed,
  parsePrivate,
  parseQueue,
} from '../protocol/lane-name.ts';
import {
  batchPath,
  completePath,
  failedPath,
  groupRecordPath,
  PRIVATE,
  privatePath,
  PROCESSING,
  QUARANTINE,
  QUEUE,
} from '../protocol/layout.ts';
import { inferDefinition } from '../protocol/plan/infer.ts';
import { groupRecordSchema, taskSchema } from '../protocol/task.ts';
import { tryOpen } from './open-snapshot.ts';
import type { Effects } from './effects.ts';
import { readControl } from './control.ts';
import { COMPLETE } from './model.ts';
import type { OpenBatch, World } from './model.ts';
import { addEntries, collectItemWork, setState } from './progress.ts';
import { countAccepted, failedState } from './record.ts';
import { endOwnOrphans } from './orphans.ts';
import { correct, writeGroupAnew } from './structure.ts';
import { fileOf } from './task-files.ts';

/** Every batch that has a directory in private_tasks is open. */
export async function loadWorld(effects: Effects, world: World): Promise<void> {
  const ids = (await listFresh(effects.store, PRIVATE)).filter((name) => BATCH_ID.test(name));
  for (const id of ids.toSorted()) {
    const open = await loadBatch(effects, id);
    if (open !== null) world.batches.set(id, open);
  }
  await endOwnOrphans(effects);
}

export async function loadBatch(effects: Effects, id: string): Promise<OpenBatch | null> {
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
  const opened = await tryOpen(store, directory, read.value, clock.monotonicMs(), false, tries);
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

async function restoreStates(effects: Effects, open: OpenBatch): Promise<void> {
  const { store } = effects;
  const { id } = open.batch;
  const atRest = new Set<string>();
  for (const name of await listFresh(store, privatePath(id))) {
    const found = parsePrivate(name);
    const entry = found === null ? undefined : open.byTask.get(found.task)?.entry;
    if (entry === undefined) continue;
    entry.hasFile = true;
    entry.counts = found!.counts;
    atRest.add(entry.id);
  }
  for (const name of (await listFresh(store, QUEUE)).map(parseQueue)) {
    const located = name?.batch === id ? open.byTask.get(name.task) : undefined;
    if (located !== undefined) {
      setState(open, located.group, located.entry, { is: 'queued', name: name! });
    }
  }
  for (const name of (await listFresh(store, PROCESSING)).map(parseClaim)) {
    const located = name?.batch === id ? open.byTask.get(name.task) : undefined;
    if (located === undefined) continue;
    setState(open, located.group, located.entry, { is: 'claimed', name: name! });
    if (name!.agent !== BRAIN_AGENT) continue;
    effects.own.adopt(open, fileOf(open, located.group, located.entry), name!);
  }
  await restoreEnds(effects, open);
  await restoreDamaged(effects, open, atRest);
  for (const group of open.groups.values()) {
    if (group.itemDeps.length > 0 && group.entries !== undefined) collectItemWork(open, group);
  }
}

/** What lies in quarantine and nowhere else was released: the next look has it written anew. */
async function restoreDamaged(
  { store }: Effects,
  open: OpenBatch,
  atRest: ReadonlySet<string>,
): Promise<void> {
  const names = (await listFresh(store, QUARANTINE)).flatMap((file) => parseQueue(file) ?? []);
  // The last attempt first: earlier ones were written anew already.
  for (const name of names.toSorted((a, b) => b.counts.attempt - a.counts.attempt)) {
    const located = name.batch === open.batch.id ? open.byTask.get(name.task) : undefined;
    if (located?.entry.state.is !== 'waiting' || atRest.has(located.entry.id)) continue;
    setState(open, located.group, located.entry, { is: 'queued', name });
  }
}

async function restoreEnds(effects: Effects, open: OpenBatch): Promise<void> {
  const { store, clock, policy } = effects;
  const { id } = open.batch;
  for (const name of (await listFresh(store, completePath(id))).map(parseComplete)) {
    if (name === null) continue;
    const template = open.groups.get(name.task);
    if (template?.isForeach === true) {
      template.template = 'closed';
      template.entries ??= [];
      continue;
    }
    const located = open.byTask.get(name.task);
    if (located === undefined) continue;
    const { group, entry } = located;
    entry.counts = name.counts;
    setState(open, group, entry, COMPLETE);
    if (name.counts.attempt > 0) open.attempts += name.counts.attempt;
    if (open.goal?.tracked !== group.name) continue;
    const read = await readAttempt(store, open.batch.plan, id, name.task, name.counts.attempt);
    if (read.is === 'ok') countAccepted(open, group, read.value);
  }
  for (const name of (await listFresh(store, failedPath(id))).map(parseFailed)) {
    if (name === null) continue;
    const template = open.groups.get(name.task);
    if (template?.isForeach === true) {
      template.template = 'closed';
      template.templateReason = name.reason;
      template.entries ??= [];
      continue;
    }
    const located = open.byTask.get(name.task);
    if (located === undefined) continue;
    const { group, entry } = located;
    entry.counts = name.counts;
    open.attempts += name.counts.attempt;
    // The correction of a definition was interrupted: it is decided again.
    if (name.reason === 'definition' && inferDefinition(group.task) !== null) continue;
    const state = failedState(group, name, policy, clock.monotonicMs(), undefined);
    setState(open, group, entry, state);
  }
  countReleased(open);
}

function countReleased(open: OpenBatch): void {
  if (open.goal === null) return;
  const entries = open.groups.get(open.goal.tracked)?.entries ?? [];
  open.goal.released = entries.filter((entry) => entry.counts.attempt > 0).length;
}
