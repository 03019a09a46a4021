// The states of the tasks of a batch as its lanes tell them at a start, looked at in the order in which tasks move
// forward, so that a task on its way is seen at least once.
import { BRAIN_AGENT } from '../protocol/ids.ts';
import {
  parseClaim,
  parseComplete,
  parseFailed,
  parsePrivate,
  parseQueue,
} from '../protocol/lane-name.ts';
import type { Counts } from '../protocol/lane-name.ts';
import {
  completePath,
  failedPath,
  privatePath,
  PROCESSING,
  QUARANTINE,
  QUEUE,
} from '../protocol/layout.ts';
import { inferDefinition } from '../protocol/plan/infer.ts';
import { readAttempt } from '../store/attempts.ts';
import { listFresh } from '../store/store.ts';
import type { Effects } from './effects.ts';
import { COMPLETE } from './model.ts';
import type { Located, OpenBatch } from './model.ts';
import { collectItemWork, setState } from './progress.ts';
import { countAccepted, failedState } from './record.ts';
import { fileOf } from './task-files.ts';

export async function restoreStates(effects: Effects, open: OpenBatch): Promise<void> {
  const seen = new Set<string>();
  const { store } = effects;
  const { id } = open.batch;
  // Whoever moved what lies there may have been stopped before its sync, and what follows from it must not outlive it.
  if (store.isDurable) {
    for (const lane of [completePath(id), failedPath(id)]) await store.disk.syncDirectory(lane);
  }
  await restoreSeen(effects, open, seen);
  // An older brain may still be moving tasks back, from a lane that was not listed yet into one that was. What
  // this first look saw nowhere would be created a second time, so it is looked for once more.
  await restoreSeen(effects, open, seen);
  await restoreDamaged(effects, open, seen);
  adoptOwn(effects, open);
  for (const group of open.groups.values()) {
    if (group.itemDeps.length > 0 && group.entries !== undefined) collectItemWork(open, group);
  }
}

/** The brain's own, once it is known that nothing in a later lane overrides the claim. */
function adoptOwn(effects: Effects, open: OpenBatch): void {
  for (const { group, entry } of open.outstanding.values()) {
    const { state } = entry;
    if (state.is !== 'claimed' || state.name.agent !== BRAIN_AGENT) continue;
    effects.own.adopt(open, fileOf(open, group, entry), state.name);
  }
}

/** What a name in a lane tells about; undefined when it tells nothing new. */
type Find = (
  name: { readonly task: string; readonly batch?: string; readonly counts: Counts } | null,
) => Located | undefined;

/** Takes the tasks that are not in `seen` from the lanes, in the order in which they move, and adds them to it. */
async function restoreSeen(effects: Effects, open: OpenBatch, seen: Set<string>): Promise<void> {
  const { store } = effects;
  const { id } = open.batch;
  const news = new Set<string>();
  const find: Find = (name) => {
    if (name === null || (name.batch ?? id) !== id || seen.has(name.task)) return undefined;
    const located = open.byTask.get(name.task);
    // The same attempt in a later lane is the same file, later; a lower one is what a copy brought back.
    if (located === undefined || name.counts.attempt < located.entry.counts.attempt)
      return undefined;
    news.add(name.task);
    return located;
  };
  for (const name of (await listFresh(store, privatePath(id))).map(parsePrivate)) {
    const located = find(name);
    if (located === undefined) continue;
    located.entry.hasFile = true;
    located.entry.counts = name!.counts;
  }
  for (const name of (await listFresh(store, QUEUE)).map(parseQueue)) {
    const located = find(name);
    if (located === undefined) continue;
    setState(open, located.group, located.entry, { is: 'queued', name: name! });
  }
  for (const name of (await listFresh(store, PROCESSING)).map(parseClaim)) {
    const located = find(name);
    if (located === undefined) continue;
    setState(open, located.group, located.entry, { is: 'claimed', name: name! });
  }
  await restoreEnds(effects, open, find);
  for (const task of news) seen.add(task);
}

/** What lies in quarantine and nowhere else was released: the next look has it written anew. */
async function restoreDamaged(
  { store }: Effects,
  open: OpenBatch,
  seen: ReadonlySet<string>,
): Promise<void> {
  const names = (await listFresh(store, QUARANTINE)).flatMap((file) => parseQueue(file) ?? []);
  // The last attempt first: earlier ones were written anew already.
  for (const name of names.toSorted((a, b) => b.counts.attempt - a.counts.attempt)) {
    const located = name.batch === open.batch.id ? open.byTask.get(name.task) : undefined;
    if (located === undefined || seen.has(located.entry.id)) continue;
    if (located.entry.state.is !== 'waiting') continue;
    setState(open, located.group, located.entry, { is: 'queued', name });
  }
}

async function restoreEnds(effects: Effects, open: OpenBatch, find: Find): Promise<void> {
  const { store, clock, policy } = effects;
  const { id } = open.batch;
  for (const name of (await listFresh(store, completePath(id))).map(parseComplete)) {
    if (name === null) continue;
    const template = open.groups.get(name.task);
    if (template?.isForeach === true) {
      template.template = 'closed';
      template.entries ??= [];
      continue;
    }
    const located = find(name);
    if (located === undefined) continue;
    const { group, entry } = located;
    entry.counts = name.counts;
    setState(open, group, entry, COMPLETE);
    if (name.counts.attempt > 0) open.attempts += name.counts.attempt;
    if (open.goal?.tracked !== group.name) continue;
    const read = await readAttempt(store, open.batch.plan, id, name.task, name.counts.attempt);
    if (read.is === 'ok') countAccepted(open, group, read.value);
  }
  for (const name of (await listFresh(store, failedPath(id))).map(parseFailed)) {
    if (name === null) continue;
    const template = open.groups.get(name.task);
    if (template?.isForeach === true) {
      template.template = 'closed';
      template.templateReason = name.reason;
      template.entries ??= [];
      continue;
    }
    const located = find(name);
    if (located === undefined) continue;
    const { group, entry } = located;
    // Of the same attempt: what was complete was not tried again, so this is a copy.
    if (entry.state.is === 'complete' && entry.counts.attempt === name.counts.attempt) continue;
    entry.counts = name.counts;
    open.attempts += name.counts.attempt;
    // The correction of a definition was interrupted: it is decided again.
    if (name.reason === 'definition' && inferDefinition(group.task) !== null) continue;
    const state = failedState(group, name, policy, clock.monotonicMs(), undefined);
    setState(open, group, entry, state);
  }
  countReleased(open);
}

function countReleased(open: OpenBatch): void {
  if (open.goal === null) return;
  const entries = open.groups.get(open.goal.tracked)?.entries ?? [];
  open.goal.released = entries.filter((entry) => entry.counts.attempt > 0).length;
}
