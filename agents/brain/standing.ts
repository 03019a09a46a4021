// How a heading stands, and whether all of them have ended. Pure.
import type { FailedReason } from '../protocol/words.ts';
import type { Group, GroupResult, OpenBatch, Tally } from './model.ts';

export function endedKey(reason: FailedReason): 'failed' | 'skipped' | 'cancelled' {
  return reason === 'skipped' || reason === 'cancelled' ? reason : 'failed';
}

/** How a group stands. A foreach stands as its template was closed; a goal forgives the tracked task. */
export function resultOf(open: OpenBatch, group: Group): GroupResult {
  const own = ownResult(group);
  const { goal } = open;
  if (own === 'open' || own === 'complete' || goal === null) return own;
  const isEnough = goal.accepted >= goal.target - goal.tolerance;
  return isEnough && goal.forgiven.has(group.name) ? 'complete' : own;
}

function ownResult(group: Group): GroupResult {
  if (group.isForeach) {
    if (group.template === 'private') return 'open';
    return group.templateReason === null ? 'complete' : endedKey(group.templateReason);
  }
  const [entry] = group.entries ?? [];
  if (entry === undefined) return 'open';
  if (entry.state.is === 'complete') return 'complete';
  return entry.state.is === 'ended' ? endedKey(entry.state.name.reason) : 'open';
}

export const isActive = (tally: Tally): boolean =>
  tally.queued + tally.claimed + tally.retrying > 0;

/** Whether every task has ended. It goes on where it last found a group that had not ended. */
export function isOver(open: OpenBatch): boolean {
  const { order } = open;
  for (let looked = 0; looked < order.length; looked += 1) {
    const group = order[open.openAt]!;
    if (group.task.builtin === undefined && !isSettled(group)) return false;
    open.openAt = (open.openAt + 1) % order.length;
  }
  return true;
}

function isSettled(group: Group): boolean {
  if (group.isForeach) return group.template !== 'private' && !isActive(group.tally);
  const [entry] = group.entries ?? [];
  return entry?.state.is === 'complete' || entry?.state.is === 'ended';
}
