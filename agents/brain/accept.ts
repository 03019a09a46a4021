// Accepting a submission. The order makes every crash harmless: the private tasks appear by one rename
// of a staged directory, and only then does the batch leave the inbox. As long as it lies there the
// whole step is simply done again.
import { parsePlan } from '../protocol/plan/parse.ts';
import { resolveInputs } from '../protocol/plan/resolve-inputs.ts';
import { Fault, Faults, renderFault } from '../protocol/fault.ts';
import type { Batch } from '../protocol/batch.ts';
import { formatPrivate } from '../protocol/lane-name.ts';
import { batchPath, completePath, failedPath, INBOX, planPath, privatePath } from '../protocol/layout.ts';
import { utc } from '../process/clock.ts';
import { readBatch } from '../store/inbox.ts';
import { quarantine } from '../store/lanes.ts';
import { encode, encodePretty } from '../store/records.ts';
import { move, publish } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import type { Effects } from './apply.ts';
import type { OpenBatch } from './model.ts';
import { openBatch } from './open-batch.ts';
import { rejection } from './summary.ts';
import { taskOf } from './task-files.ts';

export const PLAN_BYTES_MAX = 4_194_304;

export type Accepted =
  | { readonly is: 'accepted'; readonly open: OpenBatch }
  | { readonly is: 'rejected'; readonly batch: Batch; readonly errors: readonly string[] }
  | { readonly is: 'quarantined'; readonly reason: string };

/** Takes `inbox/<id>`; a batch that breaks a rule is rejected as a whole, before anything is created. */
export async function accept(effects: Effects, id: string): Promise<Accepted> {
  const { store, clock } = effects;
  const from = `${INBOX}/${id}`;
  const read = await readBatch(store, from);
  const problem =
    read.is === 'ok'
      ? read.value.id === id
        ? null
        : `its batch.json says ${read.value.id}`
      : `its batch.json is ${read.is === 'missing' ? 'missing' : `damaged: ${read.problem}`}`;
  if (read.is !== 'ok' || problem !== null) {
    await quarantine(store, from, id, problem ?? '', utc(clock));
    return { is: 'quarantined', reason: problem ?? '' };
  }
  const batch = read.value;
  const opened = await tryOpen(store, from, batch, clock.monotonicMs(), true);
  if ('errors' in opened) {
    await reject(effects, batch, opened.errors);
    return { is: 'rejected', batch, errors: opened.errors };
  }
  await createPrivateTasks(store, opened.open);
  await leaveInbox(store, batch);
  return { is: 'accepted', open: opened.open };
}

/** Reads the plan snapshot in `directory` and checks everything that can be checked before it runs. */
export async function tryOpen(
  store: Store,
  directory: string,
  batch: Batch,
  nowMs: number,
  isFromStart: boolean,
): Promise<{ readonly open: OpenBatch } | { readonly errors: readonly string[] }> {
  const file = `${directory}/plan.md`;
  try {
    const text = await store.disk.read(file, PLAN_BYTES_MAX);
    if (text === null) return { errors: [`${file} is missing`] };
    const plan = parsePlan(text, file);
    const inputs = resolveInputs(plan, batch.config, file);
    return { open: openBatch(batch, plan, inputs, nowMs, isFromStart) };
  } catch (error) {
    if (error instanceof Faults) return { errors: error.faults.map(renderFault) };
    if (error instanceof Fault) return { errors: [renderFault(error)] };
    throw error;
  }
}

async function createPrivateTasks(store: Store, open: OpenBatch): Promise<void> {
  const { disk, isDurable } = store;
  const target = privatePath(open.batch.id);
  if ((await disk.stat(target)) !== null) return;
  const staged = store.nextTemporary();
  await disk.mkdir(staged);
  for (const group of open.groups.values()) {
    const text = encode(taskOf(open.batch, group.task, group.fixes));
    await disk.create(`${staged}/${formatPrivate(group.name)}`, text, isDurable);
  }
  if (isDurable) await disk.syncDirectory(staged);
  await move(store, staged, target);
}

async function leaveInbox(store: Store, batch: Batch): Promise<void> {
  const { disk } = store;
  await disk.mkdir(completePath(batch.id));
  await disk.mkdir(failedPath(batch.id));
  await disk.mkdir(`${planPath(batch.plan)}/batches`);
  await move(store, `${INBOX}/${batch.id}`, batchPath(batch.plan, batch.id));
}

async function reject(effects: Effects, batch: Batch, errors: readonly string[]): Promise<void> {
  const { store, clock } = effects;
  const from = `${INBOX}/${batch.id}`;
  const summary = rejection(batch, errors, utc(clock));
  await publish(store, `${from}/RUN_SUMMARY.json`, encodePretty(summary));
  await store.disk.mkdir(`${planPath(batch.plan)}/batches`);
  await move(store, from, batchPath(batch.plan, batch.id));
}

