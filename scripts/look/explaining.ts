// Why a task is not running: gathers the facts and puts them into sentences.
import { attemptPaths } from '../../agents/protocol/layout.ts';
import { readAttempt } from '../../agents/store/attempts.ts';
import { readGroupRecords } from '../../agents/store/picture/headings.ts';
import type { BatchPicture, TaskPicture } from '../../agents/store/picture/model.ts';
import type { Shared } from '../context.ts';
import { openLooker } from './look.ts';
import type { Looked } from './look.ts';
import { findTask, unknownTask } from './names.ts';
import { reasonsFor } from '../render/reasons.ts';
import type { Facts } from '../render/reasons.ts';

export interface ExplainRecord {
  readonly schema: 'tutti.explain/1';
  readonly batch: string;
  readonly plan: string;
  readonly task: string;
  readonly heading: string;
  readonly state: string;
  readonly attempt: number;
  readonly reasons: readonly string[];
  /** Absolute; of the latest attempt that has one. */
  readonly log: string | null;
}

export async function explainTask(
  shared: Shared,
  text: string,
  batchOption: string | undefined,
): Promise<ExplainRecord> {
  const { batch, task: id } = await findTask(shared, text, batchOption);
  const looked = await openLooker(shared).look({ wait: true, closedMax: 0 });
  const task = await locate(shared, batch, id);
  const facts = await gather(shared, looked, batch, task);
  const log = attemptPaths(batch.plan, batch.batch, task.id, task.attempt).log;
  const hasLog = (await shared.store.disk.stat(log)) !== null;
  return {
    schema: 'tutti.explain/1',
    batch: batch.batch,
    plan: batch.plan,
    task: task.id,
    heading: task.heading,
    state: task.state,
    attempt: task.attempt,
    reasons: reasonsFor(facts),
    log: hasLog ? shared.store.disk.absolute(log) : null,
  };
}

/** A task with a file, a heading, or a child that only the group record knows so far. */
async function locate(shared: Shared, batch: BatchPicture, id: string): Promise<TaskPicture> {
  const found = batch.tasks.find((task) => task.id === id);
  if (found !== undefined) return found;
  if (batch.groups.some(({ task }) => task === id)) return unborn(id, id);
  const records = await readGroupRecords(shared.store.disk, batch);
  const record = records.find(({ children }) => children.some((child) => child.id === id));
  if (record === undefined) throw unknownTask(id, [batch], batch.batch);
  return unborn(id, record.template);
}

const unborn = (id: string, heading: string): TaskPicture => ({
  id,
  heading,
  state: 'waiting',
  attempt: 0,
  file: '',
});

async function gather(
  { store }: Shared,
  { status, picture, observer }: Looked,
  batch: BatchPicture,
  task: TaskPicture,
): Promise<Facts> {
  const group = batch.groups.find((one) => one.task === task.heading);
  const read =
    task.attempt > 0
      ? await readAttempt(store, batch.plan, batch.batch, task.id, task.attempt)
      : null;
  const run = status.agents
    .flatMap((agent) => agent.running)
    .find(
      (one) => one.batch === batch.batch && one.task === task.id && one.attempt === task.attempt,
    );
  const ahead = picture.lanes.queue.filter(
    (name) => name.taskClass === task.taskClass && name.rank < (task.rank ?? ''),
  );
  return {
    batch,
    task,
    group,
    agents: status.agents.map((agent) => ({
      ...agent,
      classes: picture.agents.find((file) => file.agent === agent.agent)?.heartbeat?.classes ?? [],
    })),
    brain: observer.brain.state,
    run,
    record: read?.is === 'ok' ? read.value : null,
    retry: picture.state?.retries.find((one) => one.batch === batch.batch && one.task === task.id),
    queuedAhead: ahead.length,
    stalled: status.stalled,
  };
}
