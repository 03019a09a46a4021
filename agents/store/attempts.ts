// The side files of an attempt. A record is written once by the agent that holds the claim; whether it
// counts is decided by the rename of the claim alone.
import { attemptRecordSchema, parseRunFile, VOID } from '../protocol/attempt.ts';
import type { AttemptRecord } from '../protocol/attempt.ts';
import { errnoOf } from '../protocol/errno.ts';
import type { ClaimName } from '../protocol/lane-name.ts';
import { attemptPaths } from '../protocol/layout.ts';
import { commit } from './lanes.ts';
import type { Moved } from './lanes.ts';
import { encode, readRecord } from './records.ts';
import type { Read } from './records.ts';
import { move, publish, statFresh } from './store.ts';
import type { Store } from './store.ts';

type AttemptId = Pick<AttemptRecord, 'plan' | 'batch' | 'task' | 'attempt'>;

const RUN_BYTES_MAX = 4096;

const pathsOf = (record: AttemptId) =>
  attemptPaths(record.plan, record.batch, record.task, record.attempt);

export const writeAttempt = (store: Store, record: AttemptRecord): Promise<void> =>
  publish(store, pathsOf(record).record, encode(record));

export const readAttempt = (
  store: Store,
  plan: string,
  batch: string,
  task: string,
  attempt: number,
): Promise<Read<AttemptRecord>> =>
  readRecord(store.disk, attemptPaths(plan, batch, task, attempt).record, attemptRecordSchema);

/** The same, missing only where the server says so: for whoever writes it anew. */
export async function readAttemptFresh(
  store: Store,
  record: AttemptId,
): Promise<Read<AttemptRecord>> {
  const read = (): Promise<Read<AttemptRecord>> =>
    readAttempt(store, record.plan, record.batch, record.task, record.attempt);
  const seen = await read();
  if (seen.is !== 'missing' || (await statFresh(store, pathsOf(record).record)) === null)
    return seen;
  return read();
}

/** Keeps a result whose claim was taken back, under a name that nobody takes for the result. */
export async function setAside(store: Store, record: AttemptId): Promise<void> {
  const { record: from, late } = pathsOf(record);
  await move(store, from, late);
}

/**
 * Nothing starts under this attempt any more, not even from a copy of its task file: a shim that finds its run file
 * taken refuses (agents/process/shim.ts). Answers whether it has started before, and goes on. @throws where the disk
 * refuses: a task that moves on without it could run twice.
 */
export async function forbidStart({ disk }: Store, record: AttemptId): Promise<boolean> {
  const { run } = pathsOf(record);
  try {
    await disk.create(run, VOID, false);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    const text = await disk.read(run, RUN_BYTES_MAX).catch(() => null);
    if (text === null) throw error;
    return parseRunFile(text).worker !== null;
  }
  return false;
}

/**
 * Publishes the record, then commits it by moving the claim. `gone`: the claim was taken back meanwhile; the record is
 * set aside and never counts. What it answers is safe to call again after any error; whoever calls it rings for the
 * brain. The record is written once: by the time of another try it may be another one that counts.
 */
export function openCommit(
  store: Store,
  claim: ClaimName,
  record: AttemptRecord,
): () => Promise<Moved> {
  let isWritten = false;
  return async () => {
    if (!isWritten) await writeAttempt(store, record);
    isWritten = true;
    const moved = await commit(store, claim, record.outcome);
    if (moved === 'gone' && (await isThere(store, record))) {
      // Before, since it may come to pass and report a failure.
      isWritten = false;
      await setAside(store, record);
    }
    return moved;
  };
}

/** Whether this very record lies there: another claimant, or the brain, may have written one since. */
async function isThere(store: Store, record: AttemptRecord): Promise<boolean> {
  const text = encode(record);
  const there = await store.disk
    .read(pathsOf(record).record, Buffer.byteLength(text))
    .catch(() => null);
  return there === text;
}
