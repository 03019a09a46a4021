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

/** The state of a task whose file lies in failed/: for good, or until its next attempt. */
export function failedState(
  group: Group,
  name: FailedName,
  policy: Policy,
  nowMs: number,
  avoid: string | undefined,
): TaskState {
  const { retry } = policy.config;
  if (isFinal(name, limitsOf(group.task.retries, retry))) return { is: 'ended', name };
  const dueMs = nowMs + backoffMs(name.task, name.counts, name.reason, retry);
  // Exit 75 and returned work say nothing against the agent.
  const isFree = name.reason === 'not_now' || name.reason === 'returned';
  return { is: 'retrying', name, dueMs, avoid: isFree ? undefined : avoid };
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
  countAccepted(open, group, record);
  if (record.outcome === 'complete') {
    group.durationMsSum += record.duration_ms;
    group.durationCount += 1;
    setState(open, group, entry, COMPLETE);
    return;
  }
  const failed: FailedName = { task: entry.id, counts: name.counts, reason: record.outcome };
  setState(open, group, entry, failedState(group, failed, policy, nowMs, record.agent));
}

/** A tracked task that completed without being accepted has still been tried. */
export function countAccepted(open: OpenBatch, group: Group, record: AttemptRecord): void {
  if (open.goal?.tracked === group.name && isAccepted(record)) open.goal.accepted += 1;
}
