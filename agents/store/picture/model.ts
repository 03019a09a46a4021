// The picture that status, watch, explain and the tests look at. It is made of names in lanes; only
// what names cannot tell (means, ages, the graph) comes from the brain's own picture.
import type { BrainState } from '../../protocol/state.ts';
import type { ClaimName, QueueName, Vram } from '../../protocol/lane-name.ts';
import type { FailedReason, TaskClass } from '../../protocol/words.ts';
import type { HeartbeatFile } from '../heartbeats.ts';

export const TASK_STATES = [
  'waiting',
  'queued',
  'running',
  'retrying',
  'complete',
  'failed',
  'skipped',
  'cancelled',
] as const;
export type TaskState = (typeof TASK_STATES)[number];
export type StateCounts = Readonly<Record<TaskState, number>>;

export interface TaskPicture {
  readonly id: string;
  /** The heading of the plan that it belongs to. */
  readonly heading: string;
  readonly state: TaskState;
  readonly attempt: number;
  /** Relative to `shared/`. */
  readonly file: string;
  /** In `failed/`: as its name says. */
  readonly reason?: FailedReason;
  /** In `queue/` or `processing/`. */
  readonly taskClass?: TaskClass;
  readonly vram?: Vram;
  readonly rank?: string;
  readonly agent?: string;
}

export interface Heading {
  readonly task: string;
  readonly isForeach: boolean;
  /** As written in the plan: names, and `name_{ITEM.id}` for single items. */
  readonly dependsOn: readonly string[];
}

export interface GroupPicture extends Heading {
  /** Null while a foreach is not expanded. */
  readonly total: number | null;
  readonly counts: StateCounts;
  /** How the group stands towards what depends on it. */
  readonly result: 'open' | 'complete' | 'failed' | 'skipped' | 'cancelled';
  /** Null when none has completed since the brain started, or the brain has left no picture. */
  readonly durationMsMean: number | null;
}

/**
 * submitted  in the inbox, the brain has not seen it
 * accepted   in its plan, its tasks are not created yet
 */
export type BatchState = 'submitted' | 'accepted' | 'running' | 'paused' | 'cancelling' | 'closed';

export type GoalPicture = NonNullable<BrainState['batches'][number]['goal']>;

export interface BatchPicture {
  readonly batch: string;
  readonly plan: string;
  readonly state: BatchState;
  readonly groups: readonly GroupPicture[];
  readonly tasks: readonly TaskPicture[];
  readonly goal: GoalPicture | null;
  /** As of the brain's picture; null when it has none of this batch. */
  readonly elapsedMs: number | null;
  /** Why the groups are not known: a plan snapshot that cannot be read. */
  readonly problem: string | null;
}

/** The two short lanes, as they were at one moment. */
export interface ShortLanes {
  readonly queue: readonly QueueName[];
  readonly claims: readonly ClaimName[];
}

export interface Picture {
  /** The newest start of a brain; 0 when there was none. */
  readonly epoch: number;
  /** Null when there is none or it cannot be read. */
  readonly state: BrainState | null;
  readonly agents: readonly HeartbeatFile[];
  readonly lanes: ShortLanes;
  /** Open ones, the oldest first. */
  readonly batches: readonly BatchPicture[];
  /** Ids of commands that the brain has not taken. */
  readonly commands: readonly string[];
  readonly escalations: readonly string[];
  readonly quarantined: readonly string[];
}
