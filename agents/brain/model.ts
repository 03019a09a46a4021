// The brain's model of the open batches, rebuilt from plan snapshots and lane names at every start.
// A heading of the plan is a group: a plain task is a group of one, a `foreach` a group of its
// children. Nothing here does I/O; progress.ts holds the only functions that change a state.
import type { AttemptRecord } from '../protocol/attempt.ts';
import type { Batch } from '../protocol/batch.ts';
import type { BatchControl } from '../protocol/command.ts';
import type { AgentView } from './agent-view.ts';
import type { ModelMemory, RatingState } from './memory.ts';
import type { ClaimName, Counts, FailedName, QueueName } from '../protocol/lane-name.ts';
import type { NameReader } from '../protocol/name-reader.ts';
import type { Plan, PlanTask } from '../protocol/plan/types.ts';
import type { FailedReason } from '../protocol/words.ts';
import type { Pool } from './need.ts';

export type TaskState =
  /** In private_tasks, or a child that has no file yet. */
  | { readonly is: 'waiting' }
  | { readonly is: 'queued'; readonly name: QueueName }
  | { readonly is: 'claimed'; readonly name: ClaimName }
  | { readonly is: 'complete' }
  /** In failed/, and the brain will release it again at `dueMs` of its monotonic clock. */
  | {
      readonly is: 'retrying';
      readonly name: FailedName;
      readonly dueMs: number;
      readonly avoid: string | undefined;
    }
  /** In failed/ for good. A child that ended before it had a file has no name. */
  | { readonly is: 'ended'; readonly name: FailedName };

export const WAITING: TaskState = { is: 'waiting' };
export const COMPLETE: TaskState = { is: 'complete' };

export interface Entry {
  readonly id: string;
  readonly index: number;
  /** The items of a child. */
  readonly items: readonly unknown[] | undefined;
  /** Whether a task file exists: children get theirs when they are released. */
  hasFile: boolean;
  /** What the private file's name says; the current attempt's counts otherwise. */
  counts: Counts;
  state: TaskState;
}

export type Tally = Record<
  'waiting' | 'queued' | 'claimed' | 'retrying' | 'complete' | 'failed' | 'skipped' | 'cancelled',
  number
>;

/** How a group stands towards its dependants. */
export type GroupResult = 'open' | 'complete' | 'failed' | 'skipped' | 'cancelled';

export interface Group {
  readonly name: string;
  /** Its place in the plan. */
  readonly index: number;
  task: PlanTask;
  readonly isForeach: boolean;
  /** Names of the groups it waits for as a whole, and of those it waits for item by item. */
  readonly wholeDeps: readonly string[];
  readonly itemDeps: readonly string[];
  /** The groups that wait for it as a whole, and those that wait for it item by item. */
  readonly dependants: Group[];
  readonly itemDependants: Group[];
  /** How it stood when it was last touched, and how many of `wholeDeps` did not stand complete. */
  result: GroupResult;
  openDeps: number;
  /** The pool in which something of it waits for its release, and how many entries. */
  pool: Pool | null;
  pooled: number;
  /** What the brain corrected in its definition. */
  fixes: readonly string[];
  /** Undefined until a foreach is expanded. */
  entries: Entry[] | undefined;
  /** Where the file of a template is: `private` until all children have ended. */
  template: 'private' | 'closed' | null;
  templateReason: FailedReason | null;
  tally: Tally;
  /** Below this index no entry waits. */
  cursor: number;
  /** Entries of a group with item dependencies that may have become ready, and those to be skipped. */
  readonly ready: Set<Entry>;
  readonly toSkip: Set<Entry>;
  /** First look at a manifest that is not there yet, monotonic. */
  missingSinceMs: number | null;
  /** Why it can not be expanded; then the template is closed. */
  problem: string | null;
  durationMsSum: number;
  durationCount: number;
  /** What the picture says of it, until it is touched. */
  picture: string | null;
}

export interface Goal {
  readonly tracked: string;
  readonly target: number;
  readonly tolerance: number;
  readonly releasedMax: number;
  /** The tracked group and everything it depends on: their cancelled rest is no failure. */
  readonly forgiven: ReadonlySet<string>;
  accepted: number;
  released: number;
}

export interface Located {
  readonly group: Group;
  readonly entry: Entry;
}

export interface OpenBatch {
  readonly batch: Batch;
  readonly plan: Plan;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly groups: Map<string, Group>;
  /** The same in the order of the plan; before `openAt` every group has ended, unless one was brought back. */
  readonly order: readonly Group[];
  openAt: number;
  /** Groups that were touched since nothing followed from how they stood (touch.ts). */
  readonly undecided: Set<Group>;
  /** Groups that were touched since they were last looked for in a pool (pools.ts), and the pools by their key. */
  readonly unpooled: Set<Group>;
  readonly pools: Map<string, Pool>;
  /** The models that were not to be had when the pools were made. */
  pooledWithout: string;
  /** What the groups were last judged by as a whole. */
  judgedBy: (Pick<Goal, 'accepted' | 'released'> & { readonly control: BatchControl }) | null;
  readonly byTask: Map<string, Located>;
  /** What is queued or claimed, and what waits for its next attempt, by task id. */
  readonly outstanding: Map<string, Located>;
  readonly retrying: Map<string, Located>;
  readonly goal: Goal | null;
  control: BatchControl;
  readonly openedMs: number;
  /** False after a restart: then the duration of the batch is not known to this clock. */
  readonly isFromStart: boolean;
  /** Since when nothing but a diagnosis keeps it from its summary, monotonic. */
  diagnosingSinceMs: number | null;
  attempts: number;
  /** The built-in summary's file: private until the batch is closed. */
  isSummarised: boolean;
}

/** How far the escalation of a stuck claim has gone; the brain's own memory, per claim. */
export interface Escalation {
  step: 'abort' | 'kill' | 'manual';
  sinceMs: number;
}

export interface World {
  readonly batches: Map<string, OpenBatch>;
  readonly agents: Map<string, AgentView>;
  /** Claims of agents that are not seen alive, by claim key: since when, monotonic. */
  readonly unknownSinceMs: Map<string, number>;
  readonly escalations: Map<string, Escalation>;
  /** Released tasks whose file was set aside as damaged, by task key. */
  readonly quarantined: Map<string, { readonly open: OpenBatch; readonly located: Located }>;
  /** Waiting tasks whose file could not be found, by task key: they are not decided upon again. */
  readonly vanished: Set<string>;
  /** Claims that were told to abort because their task was cancelled. */
  readonly aborted: Set<string>;
  /** The batch that new wishes of this brain go to; null before its first one. */
  system: string | null;
  readonly memory: ModelMemory;
  /** Ratings that are known and not yet acted upon, by the attempt. */
  readonly ratings: Map<string, RatingState>;
  /** Models that no card could load lately, and the story of each. */
  readonly unloadable: Map<string, string>;
  /** Grows with every release; part of the rank. */
  sequence: number;
  readonly readQueue: NameReader<QueueName>;
  readonly readClaims: NameReader<ClaimName>;
}

export const emptyTally = (): Tally => ({
  waiting: 0,
  queued: 0,
  claimed: 0,
  retrying: 0,
  complete: 0,
  failed: 0,
  skipped: 0,
  cancelled: 0,
});

export const taskKey = (batch: string, task: string): string => `${batch}/${task}`;

export const claimKey = (name: Pick<ClaimName, 'batch' | 'task' | 'counts'>): string =>
  `${name.batch}/${name.task}/${name.counts.attempt}`;

/** What the brain learns when an attempt has ended and its claim was committed. */
export interface Ended {
  readonly batch: string;
  readonly task: string;
  readonly name: ClaimName | QueueName;
  readonly record: AttemptRecord;
}
