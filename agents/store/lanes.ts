// The moves of task files: one function per row of protocol/transitions.ts, each a single rename. A
// move answers `gone` when somebody else moved the file first; that is an expected loss, not an error.
import {
  formatClaim,
  formatComplete,
  formatFailed,
  formatPrivate,
  formatQueue,
  NO_COUNTS,
} from '../protocol/lane-name.ts';
import type { ClaimName, Counts, FailedName, QueueName } from '../protocol/lane-name.ts';
import {
  completePath,
  failedPath,
  privatePath,
  PROCESSING,
  QUARANTINE,
  QUEUE,
} from '../protocol/layout.ts';
import type { Task } from '../protocol/task.ts';
import type { FailedReason, Outcome } from '../protocol/words.ts';
import { encode } from './records.ts';
import { move, moveVolatile, publish, publishWhole } from './store.ts';
import type { Store } from './store.ts';

export type Moved = 'moved' | 'gone';

/** A task at rest in a private, complete or failed lane, before the move. */
export interface AtRest {
  readonly batch: string;
  readonly task: string;
  readonly counts: Counts;
}

const queueFile = (name: QueueName): string => `${QUEUE}/${formatQueue(name)}`;
export const claimFile = (name: ClaimName): string => `${PROCESSING}/${formatClaim(name)}`;
const privateFile = (at: AtRest): string =>
  `${privatePath(at.batch)}/${formatPrivate(at.task, at.counts)}`;
export const completeFile = (at: AtRest): string =>
  `${completePath(at.batch)}/${formatComplete(at)}`;
export const failedFile = (at: AtRest, reason: FailedReason): string =>
  `${failedPath(at.batch)}/${formatFailed({ ...at, reason })}`;

/** Without a sync, like a claim: a release that a loss of power takes back is decided again. */
export const release = (store: Store, from: AtRest, to: QueueName): Promise<Moved> =>
  moveVolatile(store, privateFile(from), queueFile(to));

/**
 * Creates a child of a `foreach` in the queue. The caller publishes from the staging directory of its
 * epoch, which a newer brain takes away: an older brain cannot create tasks (docs/adr/0009).
 */
export const releaseChild = (store: Store, task: Task, to: QueueName): Promise<void> =>
  publishWhole(store, queueFile(to), encode(task));

/** A child that ends without ever having been released gets its file there, so that `ls` shows every task. */
export const createFailed = (
  store: Store,
  task: Task,
  counts: Counts,
  reason: FailedReason,
): Promise<void> =>
  publish(store, failedFile({ batch: task.batch, task: task.id, counts }, reason), encode(task));

/** A child that the brain runs itself starts from where a plain task starts. */
export const createPrivate = (store: Store, task: Task): Promise<void> =>
  publish(
    store,
    privateFile({ batch: task.batch, task: task.id, counts: NO_COUNTS }),
    encode(task),
  );

/**
 * Nothing is synced: a claim that a loss of power takes back is a released task again, of which nothing counts
 * yet, and a commit moves the same file and keeps what it stands on.
 */
export async function claim(
  store: Store,
  name: QueueName,
  agent: string,
): Promise<ClaimName | 'lost'> {
  const claimed: ClaimName = { ...name, agent };
  const moved = await moveVolatile(store, queueFile(name), claimFile(claimed));
  return moved === 'moved' ? claimed : 'lost';
}

/** The brain's own tasks pass straight from private to processing. */
export const begin = (store: Store, from: AtRest, to: ClaimName): Promise<Moved> =>
  move(store, privateFile(from), claimFile(to));

/** Where a claim goes when its attempt ends like this. */
export function finalFile(name: ClaimName, outcome: Outcome): string {
  return outcome === 'complete' ? completeFile(name) : failedFile(name, outcome);
}

/** The fencing step: `gone` means the claim was taken back and the result must not count. */
export const commit = (store: Store, name: ClaimName, outcome: Outcome): Promise<Moved> =>
  move(store, claimFile(name), finalFile(name, outcome));

export const retry = (store: Store, from: FailedName, to: QueueName): Promise<Moved> =>
  move(store, failedFile({ ...from, batch: to.batch }, from.reason), queueFile(to));

/** A task whose output waited for its rating. */
export const approve = (store: Store, at: AtRest): Promise<Moved> =>
  move(store, failedFile(at, 'unrated'), completeFile(at));

export const disapprove = (store: Store, at: AtRest): Promise<Moved> =>
  move(store, failedFile(at, 'unrated'), failedFile(at, 'disapproved'));

export const requeue = (store: Store, from: ClaimName, to: QueueName): Promise<Moved> =>
  move(store, claimFile(from), queueFile(to));

/** Skip and cancel of a task that waits. */
export const settlePrivate = (store: Store, from: AtRest, reason: FailedReason): Promise<Moved> =>
  move(store, privateFile(from), failedFile(from, reason));

/** Cancel of a task that nobody has claimed. */
export const settleQueued = (store: Store, from: QueueName, reason: FailedReason): Promise<Moved> =>
  move(store, queueFile(from), failedFile(from, reason));

export const recall = (store: Store, from: QueueName): Promise<Moved> =>
  move(store, queueFile(from), privateFile(from));

export const revive = (
  store: Store,
  from: AtRest,
  reason: FailedReason | 'complete',
  counts: Counts,
): Promise<Moved> => {
  const source = reason === 'complete' ? completeFile(from) : failedFile(from, reason);
  return move(store, source, privateFile({ ...from, counts }));
};

export const close = (store: Store, from: AtRest): Promise<Moved> =>
  move(store, privateFile(from), completeFile(from));

/**
 * Sets a damaged file aside with its reason beside it. The reason is written first, so that nothing is
 * ever in quarantine without one.
 */
export async function quarantine(
  store: Store,
  path: string,
  name: string,
  reason: string,
  at: string,
): Promise<Moved> {
  const record = { v: 1, from: path, reason, at };
  await publish(store, `${QUARANTINE}/${name}.reason.json`, encode(record));
  return move(store, path, `${QUARANTINE}/${name}`);
}

/** A resumed batch: a task that an earlier batch completed, with the counts it had there. */
export const takeOver = (store: Store, from: AtRest, counts: Counts): Promise<Moved> =>
  move(store, privateFile(from), completeFile({ ...from, counts }));

/** The same for a child, which has no file yet. */
export const createComplete = (store: Store, task: Task, counts: Counts): Promise<void> =>
  publish(store, completeFile({ batch: task.batch, task: task.id, counts }), encode(task));
