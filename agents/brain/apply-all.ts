// Carries a round of decisions out and rings for the agents at its end. Releases have nothing to do with one
// another and are made side by side, so that a disk that syncs each file gets many at once.
import { applyToTask, ringAgents } from './apply.ts';
import type { Brain } from './brain.ts';
import { needOf } from './need.ts';
import type { Decision } from './decisions.ts';
import { lendCard, takeCardBack } from './lending.ts';
import type { World } from './model.ts';
import { applyToBatch } from './structure.ts';
import { makeThought, makeWish } from './wish.ts';

/** Answers whether anything changed. One decision that cannot be carried out (a full disk) keeps no other waiting. */
export async function applyAll(brain: Brain, decisions: readonly Decision[]): Promise<boolean> {
  const isAwaited = isAnyAwaited(brain.world, decisions);
  let changes = 0;
  for (let at = 0; at < decisions.length;) {
    const isRelease = ({ is }: Decision): boolean => is === 'release';
    let end = at;
    while (end < decisions.length && isRelease(decisions[end]!)) end += 1;
    const together = decisions.slice(at, Math.max(end, at + 1));
    const applied = await Promise.all(together.map((decision) => tryToApply(brain, decision)));
    changes += applied.filter(Boolean).length;
    at += together.length;
  }
  if (isAwaited) await ringAgents(brain.effects.store);
  return changes > 0;
}

async function tryToApply(brain: Brain, decision: Decision): Promise<boolean> {
  const { effects } = brain;
  try {
    return await applyOne(brain, decision);
  } catch (error) {
    const message = 'a decision could not be applied; it is made again';
    effects.log.warn({ err: error, decision }, message);
    return false;
  }
}

async function applyOne(brain: Brain, decision: Decision): Promise<boolean> {
  const { effects, world } = brain;
  if (decision.is === 'wish') return makeWish(brain, decision);
  if (decision.is === 'think') return makeThought(brain, decision);
  if (decision.is === 'lend') return lendCard(brain, decision);
  if (decision.is === 'take_back') return takeCardBack(brain, decision);
  const open = world.batches.get(decision.batch);
  if (open === undefined) return false;
  switch (decision.is) {
    case 'expand':
    case 'close':
    case 'fix':
    case 'summarise': {
      const answer = await applyToBatch(effects, open, decision);
      if (answer === 'closed') {
        world.batches.delete(open.batch.id);
        brain.decisionLog.forget(open.batch.id);
      }
      return answer !== 'waiting';
    }
    default:
      return applyToTask(effects, world, open, decision);
  }
}

/**
 * Whether any agent may be waiting for what these decisions put into the queue: not where more of the same
 * need lies there than all agents have slots. Who ends a task then finds the next one without a bell.
 */
function isAnyAwaited(world: World, decisions: readonly Decision[]): boolean {
  if (decisions.some(({ is }) => is === 'retry' || is === 'requeue' || is === 'restore'))
    return true;
  const released = decisions.flatMap((one) => (one.is === 'release' ? [one.to] : []));
  // Only one agent can take it, and its slots say nothing.
  if (released.some(({ target }) => target !== undefined)) return true;
  const needs = new Set(released.map((to) => needOf(to.taskClass, to.vram, to.model)));
  if (needs.size === 0) return false;
  const slots = [...world.agents.values()].reduce((sum, agent) => sum + agent.slots, 0);
  const queued = new Map<string, number>();
  for (const open of world.batches.values()) {
    for (const { entry } of open.outstanding.values()) {
      if (entry.state.is !== 'queued') continue;
      const { taskClass, vram, model } = entry.state.name;
      const need = needOf(taskClass, vram, model);
      queued.set(need, (queued.get(need) ?? 0) + 1);
    }
  }
  return [...needs].some((need) => (queued.get(need) ?? 0) <= slots);
}
