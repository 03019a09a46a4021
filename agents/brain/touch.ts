// Which headings a turn has to look at. A batch may have ten thousand of them, and what is decided about one follows
// from its own state and that of its dependencies: so whoever changes one touches it, and only what was touched is
// looked at, until nothing follows from how it stands. Pure.
import type { Group, OpenBatch } from './model.ts';
import { resultOf } from './standing.ts';

function mark(open: OpenBatch, group: Group): void {
  open.undecided.add(group);
  open.unpooled.add(group);
  group.picture = null;
}

/** After every change of a group; it costs as much as the group has dependants. */
export function touch(open: OpenBatch, group: Group): void {
  mark(open, group);
  for (const next of group.itemDependants) mark(open, next);
  const was = group.result;
  const is = resultOf(open, group);
  if (is === was) return;
  group.result = is;
  for (const next of group.dependants) {
    if (was === 'complete') next.openDeps += 1;
    if (is === 'complete') next.openDeps -= 1;
    // One that waits for others as well does not care: a heading may wait for thousands.
    if (was !== 'open' || is !== 'complete' || next.openDeps === 0) mark(open, next);
  }
}

/** After changes that were made without `touch`, or concern every group. */
function touchAll(open: OpenBatch): void {
  for (const group of open.order) touch(open, group);
}

/** Before each round: what an operator's command concerns, or the way to the goal; all of a batch that was just opened. */
export function judge(open: OpenBatch): void {
  const { control, goal, judgedBy: before } = open;
  const now = { control, accepted: goal?.accepted ?? 0, released: goal?.released ?? 0 };
  open.judgedBy = now;
  if (before?.control !== control) touchAll(open);
  else if (before.accepted !== now.accepted || before.released !== now.released) {
    for (const name of goal?.forgiven ?? []) touch(open, open.groups.get(name)!);
  }
}

/** What was touched, in the order of the plan. */
export const undecidedOf = ({ undecided }: OpenBatch): Group[] =>
  [...undecided].toSorted((a, b) => a.index - b.index);
