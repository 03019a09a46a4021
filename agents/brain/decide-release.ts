// Which waiting tasks enter the queue. The queue is kept as short as the agents can use: a window per
// class and VRAM need, so that what nobody can run now does not block what somebody can. Among equal
// priorities the batches take turns, so that none starves another, and in a batch the headings do, so
// that the items of a pipeline get through one by one.
import { formatRank, priorityOf } from '../protocol/lane-name.ts';
import type { QueueName, Vram } from '../protocol/lane-name.ts';
import { BRAIN_AGENT } from '../protocol/ids.ts';
import { countsAfter } from '../protocol/retry.ts';
import { vramNeed } from '../protocol/task.ts';
import type { TaskClass } from '../protocol/words.ts';
import type { Decision } from './decisions.ts';
import { marksOf, modelFor } from './marks.ts';
import { taskKey } from './model.ts';
import type { Entry, Group, OpenBatch, World } from './model.ts';
import { windowOf } from './policy.ts';
import type { Policy } from './policy.ts';
import { isItemReady } from './progress.ts';
import { mayRelease } from './ready.ts';

interface Candidate {
  readonly open: OpenBatch;
  readonly group: Group;
  readonly taskClass: TaskClass;
  readonly vram: Vram;
  /** What its windows and turns are counted by. */
  readonly need: string;
  readonly isOwn: boolean;
  readonly priority: number;
  readonly turns: Turns;
  /** The entries that are ready, in order; consumed as they are released. */
  readonly next: () => Entry | undefined;
}

export interface Window {
  /** How many of this need and at least this priority are released and not yet claimed. */
  used(need: string, priority: number): number;
  add(need: string, priority: number): void;
}

/** What waits for one model must not take the places of what waits for another. */
export const needOf = (taskClass: TaskClass, vram: Vram, model?: string | null): string =>
  model === undefined || model === null
    ? `${taskClass}.${vram}`
    : `${taskClass}.${vram} on ${model}`;

export function decideReleases(world: World, policy: Policy): Decision[] {
  const window = openWindow(world);
  const slots = [...world.agents.values()].reduce((sum, agent) => sum + agent.slots, 0);
  const limit = windowOf(slots, policy.config.brain);
  const decisions: Decision[] = [];
  let candidates = candidatesOf(world, policy);
  let brainSlots = policy.config.brain.slots - brainTasks(world);

  while (candidates.length > 0) {
    const chosen = choose(candidates);
    const { open, group, taskClass, vram, need, isOwn, priority } = chosen;
    const hasRoom = isOwn ? brainSlots > 0 : window.used(need, priority) < limit;
    const entry = hasRoom ? chosen.next() : undefined;
    if (entry === undefined) {
      // Priorities come in order: a window that is full for this one is full for all that follow.
      const isOut = (one: Candidate): boolean =>
        one === chosen || (!hasRoom && one.isOwn === isOwn && (isOwn || one.need === need));
      candidates = candidates.filter((one) => !isOut(one));
      continue;
    }
    if (isOwn) brainSlots -= 1;
    else window.add(need, priority);
    const { id: batch } = open.batch;
    takeTurns(chosen.turns, 1);
    world.sequence += 1;
    const rank = formatRank(priority, world.sequence);
    // `returned` is the reason that uses up nothing: only the attempt number grows.
    const counts = countsAfter(entry.counts, 'returned');
    const marks = marksOf(group.task, entry, world, policy);
    const to: QueueName = { rank, taskClass, vram, batch, task: entry.id, counts, ...marks };
    const is = isOwn ? 'begin' : 'release';
    decisions.push({ is, batch, task: entry.id, to, reason: releaseReason(group) });
  }
  return decisions;
}

const releaseReason = ({ wholeDeps, itemDeps }: Group): string =>
  wholeDeps.length + itemDeps.length === 0
    ? 'it depends on nothing'
    : `complete: ${[...wholeDeps, ...itemDeps].join(', ')}`;

/** How many tasks are out: of a batch with one need, and of one heading. The first is shared by its headings. */
interface Turns {
  readonly batch: { count: number };
  readonly group: { count: number };
}

function takeTurns({ batch, group }: Turns, count: number): void {
  batch.count += count;
  group.count += count;
}

/** Highest priority first, then the batch and in it the heading with the fewest tasks out, then the older. */
function isBefore(a: Candidate, b: Candidate): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  const byBatch = a.turns.batch.count - b.turns.batch.count;
  return byBatch === 0 ? a.turns.group.count < b.turns.group.count : byBatch < 0;
}

const choose = (candidates: readonly Candidate[]): Candidate =>
  candidates.reduce((best, next) => (isBefore(next, best) ? next : best));

function openWindow(world: World): Window {
  const used = new Map<string, Map<number, number>>();
  const add = (need: string, priority: number): void => {
    const byPriority = used.get(need) ?? new Map<number, number>();
    byPriority.set(priority, (byPriority.get(priority) ?? 0) + 1);
    used.set(need, byPriority);
  };
  for (const open of world.batches.values()) {
    for (const { entry } of open.outstanding.values()) {
      if (entry.state.is !== 'queued') continue;
      const { taskClass, vram, model, rank } = entry.state.name;
      add(needOf(taskClass, vram, model), priorityOf(rank));
    }
  }
  return {
    add,
    used: (need, priority) =>
      [...(used.get(need) ?? [])].reduce((sum, [p, n]) => (p >= priority ? sum + n : sum), 0),
  };
}

const brainTasks = (world: World): number =>
  [...world.batches.values()].reduce(
    (sum, open) =>
      sum +
      [...open.outstanding.values()].filter(
        ({ entry }) => entry.state.is === 'claimed' && entry.state.name.agent === BRAIN_AGENT,
      ).length,
    0,
  );

/**
 * What may be released, with its turns so far. What is out already counts: in a full window each freed place
 * would go to the older batch otherwise. Windows are per need, so turns are as well: what nobody can run
 * costs its batch no turn elsewhere.
 */
function candidatesOf(world: World, policy: Policy): Candidate[] {
  const candidates: Candidate[] = [];
  for (const open of world.batches.values()) {
    const byNeed = new Map<string, Turns['batch']>();
    const isHeld = open.control.isPaused || open.control.isCancelled;
    for (const group of open.groups.values()) {
      const out = group.tally.queued + group.tally.claimed;
      const isCandidate = !isHeld && mayRelease(open, group);
      if (out === 0 && !isCandidate) continue;
      // A group whose tasks are out, or may be released, has a class.
      const taskClass = group.task.task_class!;
      const vram = vramNeed(group.task, policy.config.agent);
      const need = needOf(taskClass, vram, modelFor(group.task, world, policy));
      const batch = byNeed.get(need) ?? { count: 0 };
      byNeed.set(need, batch);
      const turns = { batch, group: { count: 0 } };
      takeTurns(turns, out);
      if (!isCandidate) continue;
      const isOwn = group.task.executor === 'brain';
      const priority = group.task.priority ?? open.batch.priority;
      const next = readyEntries(world, open, group);
      candidates.push({ open, group, taskClass, vram, need, isOwn, priority, turns, next });
    }
  }
  return candidates;
}

/** Of a goal's tracked task no more are released than are still missing: none runs in vain. */
function budgetOf({ goal }: OpenBatch, { name, tally }: Group): { all: number; fresh: number } {
  const all = Number.POSITIVE_INFINITY;
  if (goal === null || goal.tracked !== name) return { all, fresh: all };
  const missing = goal.target - goal.accepted - (tally.queued + tally.claimed + tally.retrying);
  // What was recalled or revived has been counted when it was released for the first time.
  return { all: missing, fresh: goal.releasedMax - goal.released };
}

/** Walks the ready entries of a group without taking them: a decision may still fail to apply. */
function readyEntries(world: World, open: OpenBatch, group: Group): () => Entry | undefined {
  const budget = budgetOf(open, group);
  const source = group.itemDeps.length > 0 ? [...group.ready] : (group.entries ?? []);
  const seen = new Set<Entry>();
  let index = group.itemDeps.length > 0 ? 0 : group.cursor;
  return () => {
    while (budget.all > 0 && index < source.length) {
      const entry = source[index++]!;
      if (seen.has(entry) || entry.state.is !== 'waiting') continue;
      if (open.control.cancelled.has(entry.id)) continue;
      if (world.vanished.has(taskKey(open.batch.id, entry.id))) continue;
      if (group.itemDeps.length > 0 && !isItemReady(open, group, entry)) continue;
      const isFresh = entry.counts.attempt === 0;
      if (isFresh && budget.fresh <= 0) continue;
      seen.add(entry);
      budget.all -= 1;
      if (isFresh) budget.fresh -= 1;
      return entry;
    }
    return undefined;
  };
}
