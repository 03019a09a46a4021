// Which waiting tasks enter the queue. The queue is kept as short as the agents can use: a window per
// class and VRAM need, so that what nobody can run now does not block what somebody can. Among equal
// priorities the batches take turns, so that none starves another, and in a batch the headings do, so
// that the items of a pipeline get through one by one.
import { formatRank, priorityOf } from '../protocol/lane-name.ts';
import type { QueueName } from '../protocol/lane-name.ts';
import { BRAIN_AGENT } from '../protocol/ids.ts';
import { countsAfter } from '../protocol/retry.ts';
import type { Decision } from './decisions.ts';
import { needFor } from './learned.ts';
import { marksOf } from './marks.ts';
import { taskKey } from './model.ts';
import type { Entry, Group, OpenBatch, World } from './model.ts';
import { windowOf } from './policy.ts';
import type { Policy } from './policy.ts';
import { needOf } from './need.ts';
import { needOfGroup, poolsOf } from './pools.ts';
import { isItemReady } from './progress.ts';
import { candidateOf, choose, drop, outOf, takeTurn } from './turns.ts';
import type { Candidate, Line } from './turns.ts';

export interface Window {
  /** How many of this need and at least this priority are released and not yet claimed. */
  used(need: string, priority: number): number;
  add(need: string, priority: number): void;
}

export function decideReleases(world: World, policy: Policy): Decision[] {
  const window = openWindow(world);
  const slots = [...world.agents.values()].reduce((sum, agent) => sum + agent.slots, 0);
  const limit = windowOf(slots, policy.config.brain);
  const decisions: Decision[] = [];
  let lines = linesOf(world, policy);
  let brainSlots = policy.config.brain.slots - brainTasks(world);

  for (let chosen = choose(lines); chosen !== undefined; chosen = choose(lines)) {
    const { line, group } = chosen;
    const { open, taskClass, vram, need, isOwn, priority } = line;
    const hasRoom = isOwn ? brainSlots > 0 : window.used(need, priority) < limit;
    if (!hasRoom) {
      // Priorities come in order: a window that is full for this one is full for all that follow.
      lines = lines.filter((one) => one.isOwn !== isOwn || (!isOwn && one.need !== need));
      continue;
    }
    const entry = chosen.next();
    if (entry === undefined) {
      drop(chosen);
      continue;
    }
    if (isOwn) brainSlots -= 1;
    else window.add(need, priority);
    const { id: batch } = open.batch;
    takeTurn(chosen);
    world.sequence += 1;
    const rank = formatRank(priority, world.sequence);
    // `returned` is the reason that uses up nothing: only the attempt number grows.
    const counts = countsAfter(entry.counts, 'returned');
    const marks = marksOf(group.task, entry, world, policy);
    const to: QueueName = { rank, taskClass, vram, batch, task: entry.id, counts, ...marks };
    const is = isOwn ? 'begin' : 'release';
    const reason = releaseReason(group, needFor(world, open, group, policy).reason);
    decisions.push({ is, batch, task: entry.id, to, reason });
  }
  return decisions;
}

function releaseReason({ wholeDeps, itemDeps }: Group, learned: string | null): string {
  const why =
    wholeDeps.length + itemDeps.length === 0
      ? 'it depends on nothing'
      : `complete: ${[...wholeDeps, ...itemDeps].join(', ')}`;
  return learned === null ? why : `${why}; needs ${learned}`;
}

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
function linesOf(world: World, policy: Policy): Line[] {
  return [...world.batches.values()].flatMap((open, place) => {
    if (open.control.isPaused || open.control.isCancelled) return [];
    const pools = [...poolsOf(world, open, policy)];
    if (pools.length === 0) return [];
    const out = new Set([...open.outstanding.values()].map(({ group }) => group));
    const byNeed = new Map<string, Line['turns']>();
    const turnsOf = (need: string): Line['turns'] => {
      const turns = byNeed.get(need) ?? { count: 0 };
      byNeed.set(need, turns);
      return turns;
    };
    for (const group of out)
      turnsOf(needOfGroup(open, group, world, policy).need).count += outOf(group);
    return pools.map((pool): Line => {
      const walk = (group: Group): Candidate['next'] => readyEntries(world, open, group);
      const common = { open, place, turns: turnsOf(pool.need), walk };
      const line: Line = { ...pool, ...common, fresh: undefined, at: 0, started: new Set() };
      for (const group of out) if (group.pool === pool) line.started.add(candidateOf(line, group));
      return line;
    });
  });
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
  const entries = group.entries ?? [];
  const ready = group.itemDeps.length > 0 ? group.ready.values() : null;
  const seen = new Set<Entry>();
  let index = group.cursor;
  const following = (): Entry | undefined =>
    ready === null ? entries[index++] : ready.next().value;
  return () => {
    for (let entry = following(); budget.all > 0 && entry !== undefined; entry = following()) {
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
