// The record behind `tutti status`, its --json and the live view: plain facts, in the words of the
// protocol. The text is rendered from this record alone, so both always say the same.
import type { FailedReason } from '../../agents/protocol/words.ts';
import type { Summary } from '../../agents/protocol/batch.ts';
import type { Running } from '../../agents/protocol/heartbeat.ts';
import type { Reservation } from '../../agents/protocol/reservation.ts';
import type { GoalPicture, StateCounts, TaskState } from '../../agents/store/picture/model.ts';
import type { AgentLiveness, BrainLiveness } from '../look/liveness.ts';

export interface BrainRecord {
  readonly state: BrainLiveness;
  readonly host: string | null;
  readonly pid: number | null;
  readonly epoch: number;
  readonly picture_age_ms: number | null;
}

export type RunningRecord = Pick<
  Running,
  'batch' | 'task' | 'attempt' | 'task_class' | 'timeout_ms' | 'vram_reserved_mib'
> & { readonly elapsed_ms: number };

export interface AgentRecord {
  readonly agent: string;
  readonly kind: 'gpu' | 'cpu';
  readonly host: string | null;
  readonly state: AgentLiveness | 'paused' | 'reserved' | 'stopping' | 'fenced' | 'constrained';
  readonly heartbeat_age_ms: number | null;
  readonly reservation: Reservation | null;
  readonly constrained: readonly string[];
  readonly temperature_celsius: number | null;
  readonly power_watts: number | null;
  readonly vram_budget_mib: number;
  readonly vram_reserved_mib: number;
  readonly slots: number;
  readonly slots_used: number;
  readonly hot: boolean;
  readonly model: string | null;
  readonly running: readonly RunningRecord[];
  readonly why_not_claimed: Readonly<Record<string, string>>;
}

export interface GroupRecord extends StateCounts {
  readonly task: string;
  readonly foreach: boolean;
  readonly depends_on: readonly string[];
  /** Those of `depends_on` that are not complete. */
  readonly waits_for: readonly string[];
  readonly total: number | null;
  readonly result: 'open' | 'complete' | 'failed' | 'skipped' | 'cancelled';
  readonly duration_ms_mean: number | null;
}

export interface TaskRecord {
  readonly batch: string;
  readonly task: string;
  readonly heading: string;
  readonly state: TaskState;
  readonly attempt: number;
  readonly agent: string | null;
  readonly reason: FailedReason | null;
  readonly elapsed_ms: number | null;
  readonly retry_in_ms: number | null;
  /** Absolute; null when it has not started. */
  readonly log: string | null;
}

export interface BatchRecord {
  readonly batch: string;
  readonly plan: string;
  readonly state: string;
  readonly elapsed_ms: number | null;
  readonly eta_ms: number | null;
  /** Headings that the ETA leaves out because none of their tasks has finished yet. */
  readonly eta_unknown: readonly string[];
  readonly goal: GoalPicture | null;
  readonly problem: string | null;
  readonly groups: readonly GroupRecord[];
  readonly running: readonly TaskRecord[];
  /** What failed for good or waits for its next attempt; at most PROBLEMS_MAX. */
  readonly problems: readonly TaskRecord[];
  readonly problems_omitted: number;
}

export const PROBLEMS_MAX = 20;

export type ClosedRecord = Pick<
  Summary,
  'batch' | 'plan' | 'verdict' | 'reason' | 'counts' | 'duration_ms' | 'finished_at'
> & { readonly first_problem: ClosedProblem | null };

/** `log` is absolute; null when nothing ran. */
export type ClosedProblem = Pick<Summary['problems'][number], 'task' | 'reason' | 'log'>;

/** On the gateway of an air gap: how old everything in the record is, and what waits for the link. */
export interface SyncRecord {
  readonly rig: string;
  /** Null before the first pull. */
  readonly pulled_age_ms: number | null;
  /** Submissions, commands and signals that the rig has not taken. */
  readonly pending: number;
  /** Rounds that failed since the last good one, and why. */
  readonly failures: number;
  readonly problem: string | null;
  readonly refused: readonly string[];
}

export interface StatusRecord {
  readonly schema: 'tutti.status/1';
  readonly at: string;
  readonly shared: string;
  readonly mount: string;
  readonly network: boolean;
  readonly sync: SyncRecord | null;
  readonly brain: BrainRecord;
  readonly agents: readonly AgentRecord[];
  /** Open ones, the oldest first. */
  readonly batches: readonly BatchRecord[];
  readonly stalled: readonly string[];
  readonly commands_pending: number;
  readonly escalations: readonly string[];
  readonly quarantined: readonly string[];
  /** The newest first. */
  readonly closed: readonly ClosedRecord[];
  /** With `--tasks` or `--task`. */
  readonly tasks?: readonly TaskRecord[];
}
