// Takes what the lanes say into the model: ends of attempts, and the states found at a start.
import { isAccepted } from '../protocol/attempt.ts';
import type { AttemptRecord } from '../protocol/attempt.ts';
import type { FailedName } from '../protocol/lane-name.ts';
import { isFinal, limitsOf } from '../protocol/retry.ts';
import { COMPLETE } from './model.ts';
import type { Ended, Entry, Group, OpenBatch, TaskState } from './model.ts';
import { backoffMs } from './policy.ts';
import type { Policy } from './policy.ts';
import { setState } from './progress.ts';

/** Exit 75, returned work and a poor output say nothing against the agent. */
const BLAMELESS: ReadonlySet<string> = new Set(['not_now', 'returned', 'disapproved']);

/** The state of a task whose file lies in failed/: for good, or until its next attempt. */
export function failedState(
  group: Group,
  name: FailedName,
  policy: Policy,
  nowMs: number,
  avoid: string | undefined,
): TaskState {
  const { retry } = policy.config;
  // It waits for its rating, and not for a moment.
  if (name.reason === 'unrated') {
    return { is: 'retrying', name, dueMs: Number.POSITIVE_INFINITY, avoid: undefined };
  }
  if (isFinal(name, limitsOf(group.task.retries, retry))) return { is: 'ended', name };
  const dueMs = nowMs + backoffMs(name.task, name.counts, name.reason, retry);
  return { is: 'retrying', name, dueMs, avoid: BLAMELESS.has(name.reason) ? undefined : avoid };
}

export function recordEnd(
  open: OpenBatch,
  group: Group,
  entry: Entry,
  ended: Pick<Ended, 'name' | 'record'>,
  policy: Policy,
  nowMs: number,
): void {
  const { record, name } = ended;
  open.attempts += 1;
  if (record.outcome === 'complete') return recordCompletion(open, group, entry, record);
  const failed: FailedName = { task: entry.id, counts: name.counts, reason: record.outcome };
  setState(open, group, entry, failedState(group, failed, policy, nowMs, record.agent));
}

export function recordCompletion(
  open: OpenBatch,
  group: Group,
  entry: Entry,
  record: AttemptRecord,
): void {
  countAccepted(open, group, record);
  group.durationMsSum += record.duration_ms;
  group.durationCount += 1;
  setState(open, group, entry, COMPLETE);
}

/** A tracked task that completed without being accepted has still been tried. */
export function countAccepted(open: OpenBatch, group: Group, record: AttemptRecord): void {
  if (open.goal?.tracked === group.name && isAccepted(record)) open.goal.accepted += 1;
}
