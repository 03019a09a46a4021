// `--batch`, `--task` and `--tasks` of `tutti status`: the same record, less of it.
import { readSummary } from '../../agents/store/picture/batches.ts';
import type { Shared } from '../context.ts';
import type { Looked } from './look.ts';
import { findBatch, findTask } from './names.ts';
import { batchRecord, taskRecords } from '../records/build.ts';
import { closedRecord } from '../records/closed.ts';
import type { StatusRecord } from '../records/status.ts';
import type { BatchPicture } from '../../agents/store/picture/model.ts';

export interface Narrowing {
  readonly tasks?: true;
  readonly task?: string;
  readonly batch?: string;
}

export async function narrow(
  shared: Shared,
  { picture, status, observer }: Looked,
  { tasks, task, batch }: Narrowing,
): Promise<StatusRecord> {
  const describe = (one: BatchPicture) => taskRecords(one, status.agents, observer);
  if (task !== undefined) {
    const found = await findTask(shared, task, batch);
    const all = describe(found.batch);
    const isWanted = (one: { task: string; heading: string }): boolean =>
      one.task === found.task || one.heading === found.task;
    return { ...status, batches: [], closed: [], tasks: all.filter(isWanted) };
  }
  if (batch === undefined) {
    return tasks === true ? { ...status, tasks: picture.batches.flatMap(describe) } : status;
  }
  const one = await findBatch(shared, batch);
  const summary = one.state === 'closed' ? await readSummary(shared.store.disk, one) : null;
  return {
    ...status,
    batches: one.state === 'closed' ? [] : [batchRecord(one, status.agents, observer)],
    closed: summary?.is === 'ok' ? [closedRecord(summary.value, observer.absolute)] : [],
    ...(tasks === true ? { tasks: describe(one) } : {}),
  };
}
