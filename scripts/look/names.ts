// Finds what a person named on the command line: a batch by its id or a clear part of it, a task by its
// id. What is not there gets a "did you mean".
import { Fault } from '../../agents/protocol/fault.ts';
import { BATCH_ID } from '../../agents/protocol/ids.ts';
import { didYouMean } from '../../agents/protocol/plan/suggest.ts';
import { listBatchIds, readOneBatch, readPicture } from '../../agents/store/picture.ts';
import { listBatches } from '../../agents/store/picture/batches.ts';
import { readGroupRecords } from '../../agents/store/picture/headings.ts';
import type { BatchPicture } from '../../agents/store/picture/model.ts';
import type { Shared } from '../context.ts';

/** The whole id, its beginning or its end. @throws Fault BATCH_UNKNOWN, BATCH_AMBIGUOUS */
export async function findBatchId({ store }: Shared, text: string): Promise<string> {
  const ids = await listBatchIds(store);
  if (ids.includes(text)) return text;
  const near = text === '' ? [] : ids.filter((id) => id.startsWith(text) || id.endsWith(text));
  if (near.length === 1) return near[0]!;
  if (near.length > 1) {
    const shown = near.slice(0, 4);
    const known = near.length > shown.length ? [...shown, '…'] : shown;
    throw new Fault('BATCH_AMBIGUOUS', { batch: text, known });
  }
  throw new Fault('BATCH_UNKNOWN', { batch: text, hint: didYouMean(text, ids) });
}

export async function findBatch(shared: Shared, text: string): Promise<BatchPicture> {
  const batch = await findBatchId(shared, text);
  const { store, settings } = shared;
  const picture = await readOneBatch(store, batch, settings.config.retry);
  if (picture === null) throw new Fault('BATCH_UNKNOWN', { batch: text, hint: '' });
  return picture;
}

export interface NamedTask {
  readonly batch: BatchPicture;
  readonly task: string;
}

/** `<task>` or `<batch>/<task>`: a batch id has no slash in it. */
export function splitTask(
  text: string,
  batchOption: string | undefined,
): [string | undefined, string] {
  const slash = text.indexOf('/');
  return slash === -1 ? [batchOption, text] : [text.slice(0, slash), text.slice(slash + 1)];
}

/**
 * A task of the batch that is named, else of an open batch, else of the newest closed one that has it: what
 * has just failed is asked about most. A child may have no file yet.
 * @throws Fault TASK_UNKNOWN, TASK_AMBIGUOUS, BATCH_UNKNOWN
 */
export async function findTask(
  shared: Shared,
  text: string,
  batchOption: string | undefined,
): Promise<NamedTask> {
  const [batchText, task] = splitTask(text, batchOption);
  const { store, settings } = shared;
  const batches =
    batchText === undefined
      ? (await readPicture(store, settings.config.retry)).batches
      : [await findBatch(shared, batchText)];
  const holders: BatchPicture[] = [];
  for (const batch of batches) if (await holds(shared, batch, task)) holders.push(batch);
  if (holders.length === 1) return { batch: holders[0]!, task };
  if (holders.length > 1) {
    throw new Fault('TASK_AMBIGUOUS', { task, known: holders.map(({ batch }) => batch) });
  }
  if (batchText !== undefined) throw unknownTask(task, batches, batches[0]!.batch);
  const closed = await newestClosed(shared);
  const holder = closed.find(({ tasks, groups }) => isIn(task, tasks, groups));
  if (holder === undefined) {
    throw unknownTask(task, [...batches, ...closed], 'any open batch or the newest closed ones');
  }
  return { batch: holder, task };
}

const CLOSED_MAX = 10;

/** The newest first. Their whole lanes are read, so there are not many of them. */
async function newestClosed({ store, settings }: Shared): Promise<BatchPicture[]> {
  const closed: BatchPicture[] = [];
  for (const { batch } of (await listBatches(store.disk)).toReversed()) {
    if (closed.length >= CLOSED_MAX) break;
    const picture = await readOneBatch(store, batch, settings.config.retry);
    if (picture?.state === 'closed') closed.push(picture);
  }
  return closed;
}

export const unknownTask = (task: string, batches: readonly BatchPicture[], where: string): Fault =>
  new Fault('TASK_UNKNOWN', { task, where, hint: didYouMean(task, idsOf(batches)) });

const idsOf = (batches: readonly BatchPicture[]): Set<string> =>
  new Set(
    batches.flatMap(({ tasks, groups }) => [
      ...tasks.map(({ id }) => id),
      ...groups.map(({ task }) => task),
    ]),
  );

const isIn = (
  task: string,
  tasks: BatchPicture['tasks'],
  groups: BatchPicture['groups'],
): boolean => groups.some((group) => group.task === task) || tasks.some(({ id }) => id === task);

/** Children have no file until they are released: then only the group record knows them. */
async function holds({ store }: Shared, batch: BatchPicture, task: string): Promise<boolean> {
  const { groups, tasks } = batch;
  if (isIn(task, tasks, groups)) return true;
  const mayWait = groups.some(
    ({ task: name, isForeach, counts }) =>
      isForeach && counts.waiting > 0 && task.startsWith(`${name}_`),
  );
  if (!mayWait) return false;
  const records = await readGroupRecords(store.disk, batch);
  return records.some(({ children }) => children.some(({ id }) => id === task));
}

export type BatchOrTask =
  | { readonly is: 'batch'; readonly batch: string }
  | { readonly is: 'task'; readonly batch: string; readonly task: string };

/** For `cancel` and `retry`: a batch id, a part of one, `<batch>/<task>`, or a task of an open batch. */
export async function findBatchOrTask(
  shared: Shared,
  text: string,
  batchOption: string | undefined,
): Promise<BatchOrTask> {
  const ids = await listBatchIds(shared.store);
  const isBatch = BATCH_ID.test(text) || ids.some((id) => id.startsWith(text) || id.endsWith(text));
  if (isBatch && batchOption === undefined && !text.includes('/')) {
    return { is: 'batch', batch: await findBatchId(shared, text) };
  }
  const { batch, task } = await findTask(shared, text, batchOption);
  return { is: 'task', batch: batch.batch, task };
}
