// Who waits for whom, over any distance. A chain may be as long as a plan: nothing here recurses, and each visits a
// heading once. Pure.
import type { Group, OpenBatch } from './model.ts';

function reach<T>(from: T, next: (one: T) => readonly T[]): Set<T> {
  const seen = new Set([from]);
  // A set is walked in the order of its insertion, to what is added on the way as well.
  for (const one of seen) for (const each of next(one)) seen.add(each);
  return seen;
}

/** The names of a group and of all that it waits for. */
export const upstreamOf = (groups: ReadonlyMap<string, Group>, name: string): Set<string> =>
  reach(name, (one) => {
    const { wholeDeps, itemDeps } = groups.get(one)!;
    return [...wholeDeps, ...itemDeps];
  });

/** All groups that wait for a task, or for the group that it is the name of. */
export function downstreamOf(open: OpenBatch, task: string): ReadonlySet<Group> {
  const group = open.byTask.get(task)?.group ?? open.groups.get(task);
  if (group === undefined) return new Set();
  const found = reach(group, ({ dependants, itemDependants }) => [
    ...dependants,
    ...itemDependants,
  ]);
  found.delete(group);
  return found;
}

/** Dependencies before dependants. */
export function inOrder({ order }: OpenBatch): Group[] {
  const missing = new Map(order.map((one) => [one, one.wholeDeps.length + one.itemDeps.length]));
  const found = order.filter((one) => missing.get(one) === 0);
  for (const { dependants, itemDependants } of found) {
    for (const next of [...dependants, ...itemDependants]) {
      const left = missing.get(next)! - 1;
      missing.set(next, left);
      if (left === 0) found.push(next);
    }
  }
  return found;
}
