// The only functions that change the state of a task in the model. They keep the tallies and the
// worklists, so that no decision ever walks all tasks of a batch; touch.ts does so for its headings.
import { NO_COUNTS, shareCounts } from '../protocol/lane-name.ts';
import { emptyTally } from './model.ts';
import type { Entry, Group, Located, OpenBatch, Tally, TaskState } from './model.ts';
import { endedKey } from './standing.ts';
import { touch } from './touch.ts';

function tallyKey(state: TaskState): keyof Tally {
  if (state.is !== 'ended') return state.is;
  return endedKey(state.name.reason);
}

export function setState(open: OpenBatch, group: Group, entry: Entry, state: TaskState): void {
  group.tally[tallyKey(entry.state)] -= 1;
  entry.state = state;
  group.tally[tallyKey(state)] += 1;
  track(open.outstanding, state.is === 'queued' || state.is === 'claimed', group, entry);
  track(open.retrying, state.is === 'retrying', group, entry);
  if (state.is !== 'waiting') leaveWaiting(group, entry);
  switch (state.is) {
    case 'waiting':
      group.cursor = Math.min(group.cursor, entry.index);
      sortItem(open, group, entry);
      break;
    case 'queued':
    case 'claimed':
      entry.hasFile = true;
      entry.counts = shareCounts(state.name.counts);
      break;
    case 'complete':
    case 'ended':
      entry.hasFile = true;
      notifyItemDependants(open, group, entry);
      break;
    case 'retrying':
      entry.hasFile = true;
      break;
  }
  touch(open, group);
}

function leaveWaiting(group: Group, entry: Entry): void {
  group.ready.delete(entry);
  group.toSkip.delete(entry);
  const entries = group.entries ?? [];
  while (group.cursor < entries.length && entries[group.cursor]!.state.is !== 'waiting') {
    group.cursor += 1;
  }
}

function track(map: Map<string, Located>, isIn: boolean, group: Group, entry: Entry): void {
  if (isIn) map.set(entry.id, { group, entry });
  else map.delete(entry.id);
}

function notifyItemDependants(open: OpenBatch, group: Group, entry: Entry): void {
  if (!group.isForeach) return;
  const suffix = entry.id.slice(group.name.length);
  for (const dependant of group.itemDependants) {
    const twin = open.byTask.get(`${dependant.name}${suffix}`)?.entry;
    if (twin?.state.is === 'waiting') sortItem(open, dependant, twin);
  }
}

/** Gives a group its entries, all waiting: at the start for plain tasks, after expansion for a foreach. */
export function addEntries(
  open: OpenBatch,
  group: Group,
  children: readonly { readonly id: string; readonly items?: readonly unknown[] }[],
): void {
  group.entries = children.map(({ id, items }, index) => ({
    id,
    index,
    items,
    hasFile: !group.isForeach,
    counts: NO_COUNTS,
    state: { is: 'waiting' },
  }));
  group.tally = { ...emptyTally(), waiting: group.entries.length };
  group.cursor = 0;
  for (const entry of group.entries) open.byTask.set(entry.id, { group, entry });
  if (group.itemDeps.length > 0) collectItemWork(open, group);
  touch(open, group);
}

/** One more child, of a group whose children are no items of a manifest. */
export function addEntry(
  open: OpenBatch,
  group: Group,
  child: { readonly id: string; readonly items: readonly unknown[] },
): Entry {
  const entries = (group.entries ??= []);
  const entry: Entry = {
    ...child,
    index: entries.length,
    hasFile: false,
    counts: NO_COUNTS,
    state: { is: 'waiting' },
  };
  entries.push(entry);
  group.tally.waiting += 1;
  open.byTask.set(entry.id, { group, entry });
  touch(open, group);
  return entry;
}

/** What the ends of earlier items mean for a group that has just got its entries. */
export function collectItemWork(open: OpenBatch, group: Group): void {
  group.ready.clear();
  group.toSkip.clear();
  for (const entry of group.entries ?? []) {
    if (entry.state.is === 'waiting') sortItem(open, group, entry);
  }
}

/** What the items before it mean for an entry that waits. */
function sortItem(open: OpenBatch, group: Group, entry: Entry): void {
  if (group.itemDeps.length === 0) return;
  if (isItemLost(open, group, entry)) group.toSkip.add(entry);
  else if (isItemReady(open, group, entry)) group.ready.add(entry);
}

/** The entries that `entry` waits for item by item; undefined for one that does not exist. */
function parentsOf(open: OpenBatch, group: Group, entry: Entry): (Entry | undefined)[] {
  const suffix = entry.id.slice(group.name.length);
  return group.itemDeps.map((name) => open.byTask.get(`${name}${suffix}`)?.entry);
}

/** Whether all item dependencies of an entry are complete. */
export const isItemReady = (open: OpenBatch, group: Group, entry: Entry): boolean =>
  parentsOf(open, group, entry).every((parent) => parent?.state.is === 'complete');

/** Whether one of them has ended for good: it may be brought back, so this is asked again each time. */
export const isItemLost = (open: OpenBatch, group: Group, entry: Entry): boolean =>
  parentsOf(open, group, entry).some(
    (parent) => parent === undefined || parent.state.is === 'ended',
  );

export const isGoalReached = (open: OpenBatch): boolean =>
  open.goal !== null && open.goal.accepted >= open.goal.target;

/** Whether the goal's tracked task may be released no more. */
export const isGoalSpent = (open: OpenBatch): boolean =>
  open.goal !== null && open.goal.released >= open.goal.releasedMax;
