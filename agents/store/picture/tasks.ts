// The tasks of one batch, from the names in its lanes. Files are opened only to learn the `retries` of a
// heading that has failures, once per heading.
import { SUMMARY_TASK } from '../../protocol/ids.ts';
import type { Config } from '../../protocol/config.ts';
import {
  formatClaim,
  formatComplete,
  formatFailed,
  formatPrivate,
  formatQueue,
  parseComplete,
  parseFailed,
  parsePrivate,
} from '../../protocol/lane-name.ts';
import type { FailedName, QueueName } from '../../protocol/lane-name.ts';
import {
  archivedPrivatePath,
  completePath,
  failedPath,
  privatePath,
  PROCESSING,
  QUEUE,
} from '../../protocol/layout.ts';
import { isFinal, limitsOf } from '../../protocol/retry.ts';
import type { RetryLimits } from '../../protocol/retry.ts';
import { taskSchema } from '../../protocol/task.ts';
import { FINAL_REASONS } from '../../protocol/words.ts';
import type { Disk } from '../disk.ts';
import { readRecord } from '../records.ts';
import type { BatchPlace } from './batches.ts';
import { stateOfReason } from './count.ts';
import type { ShortLanes, TaskPicture } from './model.ts';

export interface BatchLanes {
  readonly place: BatchPlace;
  /** Listed before the short lanes were: tasks move from there. */
  readonly waiting: readonly TaskPicture[];
  readonly lanes: ShortLanes;
  readonly headingOf: (id: string) => string;
  readonly retry: Config['retry'];
  /** Nothing of a closed batch will be retried. */
  readonly isClosed: boolean;
}

/** What waits in private; of a closed batch what rests there. Headings are filled in later. */
export async function readWaiting(disk: Disk, place: BatchPlace): Promise<TaskPicture[]> {
  const open = privatePath(place.batch);
  const closed = archivedPrivatePath(place.plan, place.batch);
  for (const folder of [open, closed]) {
    const names = await disk.list(folder);
    if (names === null) continue;
    return names.flatMap((name) => {
      const at = parsePrivate(name);
      if (at === null) return [];
      const { task: id, counts } = at;
      const file = `${folder}/${formatPrivate(id, counts)}`;
      return [{ id, heading: id, state: 'waiting' as const, attempt: counts.attempt, file }];
    });
  }
  return [];
}

/** One entry per task id: where lanes disagree, the later lane. */
export async function readTasks(disk: Disk, view: BatchLanes): Promise<TaskPicture[]> {
  const { place, lanes, headingOf } = view;
  const isOurs = (name: QueueName): boolean => name.batch === place.batch;
  const queued = lanes.queue.filter(isOurs).map((name): TaskPicture => ({
    ...shortLaneTask(name, headingOf),
    state: 'queued',
    file: `${QUEUE}/${formatQueue(name)}`,
  }));
  const running = lanes.claims.filter(isOurs).map((name): TaskPicture => ({
    ...shortLaneTask(name, headingOf),
    state: 'running',
    file: `${PROCESSING}/${formatClaim(name)}`,
    agent: name.agent,
  }));
  const waiting = view.waiting.map((task) => ({ ...task, heading: headingOf(task.id) }));
  const complete = await readComplete(disk, view);
  const failed = await readFailed(disk, view);
  const latest = new Map<string, TaskPicture>();
  for (const task of [...waiting, ...queued, ...running, ...complete, ...failed]) {
    const other = latest.get(task.id);
    // A retry moves back from `failed` to `queue`: there the higher attempt is the later one.
    if (other === undefined || task.attempt >= other.attempt) latest.set(task.id, task);
  }
  // The built-in summary is the brain's own business: it waits as long as its batch is open.
  latest.delete(SUMMARY_TASK);
  return [...latest.values()];
}

const shortLaneTask = (name: QueueName, headingOf: BatchLanes['headingOf']) => ({
  id: name.task,
  heading: headingOf(name.task),
  attempt: name.counts.attempt,
  taskClass: name.taskClass,
  vram: name.vram,
  rank: name.rank,
});

async function readComplete(disk: Disk, view: BatchLanes): Promise<TaskPicture[]> {
  const folder = completePath(view.place.batch);
  return ((await disk.list(folder)) ?? []).flatMap((file): TaskPicture[] => {
    const name = parseComplete(file);
    if (name === null) return [];
    const { task: id, counts } = name;
    const path = `${folder}/${formatComplete(name)}`;
    const heading = view.headingOf(id);
    return [{ id, heading, state: 'complete', attempt: counts.attempt, file: path }];
  });
}

async function readFailed(disk: Disk, view: BatchLanes): Promise<TaskPicture[]> {
  const folder = failedPath(view.place.batch);
  const limits = new Map<string, RetryLimits>();
  const tasks: TaskPicture[] = [];
  for (const name of ((await disk.list(folder)) ?? []).flatMap((file) => parseFailed(file) ?? [])) {
    const { task: id, counts, reason } = name;
    const file = `${folder}/${formatFailed(name)}`;
    const heading = view.headingOf(id);
    const isForGood = view.isClosed || (await isOver(disk, view, name, heading, limits));
    const state = isForGood ? stateOfReason(reason) : 'retrying';
    tasks.push({ id, heading, state, attempt: counts.attempt, file, reason });
  }
  return tasks;
}

async function isOver(
  disk: Disk,
  view: BatchLanes,
  name: FailedName,
  heading: string,
  cache: Map<string, RetryLimits>,
): Promise<boolean> {
  if (FINAL_REASONS.has(name.reason)) return true;
  let limits = cache.get(heading);
  if (limits === undefined) {
    const path = `${failedPath(view.place.batch)}/${formatFailed(name)}`;
    const read = await readRecord(disk, path, taskSchema);
    limits = limitsOf(read.is === 'ok' ? read.value.retries : undefined, view.retry);
    // A file that was retried meanwhile has told nothing about its siblings.
    if (read.is === 'ok') cache.set(heading, limits);
  }
  return isFinal(name, limits);
}
