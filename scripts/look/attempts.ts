// Finds the log of a task: which batches have one, and of which attempt.
import { attemptPaths, batchPath } from '../../agents/protocol/layout.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import { didYouMean } from '../../agents/protocol/plan/suggest.ts';
import type { Disk } from '../../agents/store/disk.ts';
import { findBatch, listBatches } from '../../agents/store/picture/batches.ts';
import type { BatchPlace } from '../../agents/store/picture/batches.ts';
import type { Shared } from '../context.ts';
import { findBatchId, splitTask } from './names.ts';

export interface FoundLog extends BatchPlace {
  readonly task: string;
  readonly attempt: number;
  readonly log: string;
  readonly record: string;
}

const LOG_NAME = /^(.+)\.a(\d{1,6})\.log$/;

/** Attempts that have a log, by task. */
async function listLogs(disk: Disk, { plan, batch }: BatchPlace): Promise<Map<string, number[]>> {
  const logs = new Map<string, number[]>();
  for (const name of (await disk.list(`${batchPath(plan, batch)}/logs`)) ?? []) {
    const match = LOG_NAME.exec(name);
    if (match === null) continue;
    const attempts = logs.get(match[1]!) ?? [];
    attempts.push(Number(match[2]));
    logs.set(match[1]!, attempts);
  }
  return logs;
}

/**
 * The log of the latest attempt, or of the one that is asked for, in the newest batch that has one.
 * @throws Fault LOG_MISSING, BATCH_UNKNOWN
 */
export async function findLog(
  shared: Shared,
  text: string,
  batchOption: string | undefined,
  attempt: number | undefined,
): Promise<FoundLog> {
  const { disk } = shared.store;
  const [batchText, task] = splitTask(text, batchOption);
  const known = new Set<string>();
  for (const place of await placesOf(shared, batchText)) {
    const logs = await listLogs(disk, place);
    for (const name of logs.keys()) known.add(name);
    const attempts = logs.get(task);
    if (attempts === undefined) continue;
    const wanted = attempt ?? Math.max(...attempts);
    if (!attempts.includes(wanted)) {
      const problem = `there is none of attempt ${wanted}, only of ${attempts.toSorted((a, b) => a - b).join(', ')}`;
      throw new Fault('LOG_MISSING', { task, problem, hint: '' });
    }
    const { log, record } = attemptPaths(place.plan, place.batch, task, wanted);
    return { ...place, task, attempt: wanted, log, record };
  }
  const hint = didYouMean(task, known);
  const problem = `no batch has run it${batchText === undefined ? '' : ` (looked in ${batchText})`}`;
  throw new Fault('LOG_MISSING', { task, problem, hint });
}

/** The newest first. */
async function placesOf(shared: Shared, batchText: string | undefined): Promise<BatchPlace[]> {
  const { disk } = shared.store;
  if (batchText === undefined) return (await listBatches(disk)).toReversed();
  const place = await findBatch(disk, await findBatchId(shared, batchText));
  return place === null ? [] : [place];
}
