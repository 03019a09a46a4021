// Whether something of a heading could be released now. Pure.
import type { Group, OpenBatch } from './model.ts';
import { isGoalReached } from './progress.ts';

export function mayRelease(open: OpenBatch, group: Group): boolean {
  if (group.tally.waiting === 0 || group.task.builtin === 'summary') return false;
  if (group.task.task_class === undefined || open.control.cancelled.has(group.name)) return false;
  if (group.itemDeps.length > 0 && group.ready.size === 0) return false;
  if (open.goal !== null && open.goal.forgiven.has(group.name) && isGoalReached(open)) return false;
  return group.openDeps === 0;
}
