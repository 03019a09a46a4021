// What ends the waiting tasks of a group, and the decisions that do it. Pure.
import type { FailedReason } from '../protocol/words.ts';
import type { Decision } from './decisions.ts';
import type { Entry, Group, OpenBatch } from './model.ts';

export interface Fate {
  readonly is: 'skip' | 'cancel' | 'fail';
  readonly as: FailedReason;
  readonly reason: string;
}

/** Ends what waits and what is queued. Children without a file end with their template. */
export function settle(open: OpenBatch, group: Group, fate: Fate): Decision[] {
  const decisions: Decision[] = [];
  const { waiting, queued, retrying } = group.tally;
  if (waiting + queued + retrying === 0) return decisions;
  for (const entry of group.entries ?? []) {
    if (!entry.hasFile) continue;
    const decision = settleEntry(open, entry, fate);
    if (decision !== null) decisions.push(decision);
  }
  return decisions;
}

export function settleEntry(open: OpenBatch, entry: Entry, fate: Fate): Decision | null {
  const { state, counts, hasFile, id: task } = entry;
  const common = { ...fate, batch: open.batch.id, task, counts };
  if (state.is === 'waiting') return { ...common, from: hasFile ? 'private' : 'none' };
  if (state.is === 'retrying') return { ...common, from: 'failed' };
  return state.is === 'queued' ? { ...common, from: state.name } : null;
}
