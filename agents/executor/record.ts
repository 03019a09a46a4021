// From the end of an attempt to its record: the same for an agent's tasks and the brain's own.
import type { AttemptRecord } from '../protocol/attempt.ts';
import type { ClaimName } from '../protocol/lane-name.ts';
import { attemptPaths } from '../protocol/layout.ts';
import type { Outcome } from '../protocol/words.ts';

/** What was observed from outside; times in ms of one monotonic clock, dates in UTC. */
export interface AttemptSpan {
  readonly plan: string;
  readonly host: string;
  /** Of the agent; the brain has none. */
  readonly incarnation?: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationMs: number;
  readonly vramPeakMib: number | null;
  readonly sandbox: 'bubblewrap' | 'none';
}

/** How it ended: an Ending of attempt.ts or a Refusal of prepare.ts. */
export interface AttemptEnd {
  readonly outcome: Outcome;
  readonly message: string;
  readonly exitCode?: number | null;
  readonly signal?: string | null;
  readonly errorType?: string;
  readonly logDroppedBytes?: number;
  readonly result?: Record<string, unknown>;
  readonly isCopy?: true;
}

export function recordOf(claim: ClaimName, span: AttemptSpan, end: AttemptEnd): AttemptRecord {
  const { batch, task, counts, agent } = claim;
  const dropped = end.logDroppedBytes ?? 0;
  return {
    v: 1,
    batch,
    plan: span.plan,
    task,
    attempt: counts.attempt,
    agent,
    host: span.host,
    ...(span.incarnation === undefined ? {} : { incarnation: span.incarnation }),
    outcome: end.outcome,
    exit_code: end.exitCode ?? null,
    signal: end.signal ?? null,
    message: end.message,
    ...(end.errorType === undefined ? {} : { error_type: end.errorType }),
    started_at: span.startedAt,
    finished_at: span.finishedAt,
    duration_ms: Math.round(span.durationMs),
    vram_peak_mib: span.vramPeakMib,
    log: attemptPaths(span.plan, batch, task, counts.attempt).log,
    ...(dropped === 0 ? {} : { log_dropped_bytes: dropped }),
    ...(end.result === undefined ? {} : { result: end.result }),
    sandbox: span.sandbox,
  };
}
