// What becomes of tasks whose model no card can load, and of wishes that nobody has any more. A task goes on
// with the next model of its role; when there is none left it fails, with the story of each. Pure.
import type { Pending, Table } from './cards.ts';
import { idleModelOf, isPinned, waitingFor } from './cards.ts';
import type { Decision } from './decisions.ts';
import { chainOf, modelFor } from './marks.ts';
import { cardsOf } from './groups.ts';
import { placeKey } from './model-memory.ts';
import type { Located, OpenBatch } from './model.ts';
import type { AgentView } from './agent-view.ts';

export function decideUnserved(table: Table): Decision[] {
  findUnloadable(table);
  const { world } = table;
  const tasks = [...world.batches.values()].flatMap((open) =>
    world.unloadable.size === 0
      ? []
      : [...open.outstanding.values()].flatMap((located) => reroute(table, open, located)),
  );
  return [...tasks, ...table.pending.flatMap((pending) => withdraw(table, pending))];
}

/**
 * A model is unloadable when some agent may hold it and each of them refuses it or failed lately; one that takes
 * several cards, when that leaves too few of them.
 */
function findUnloadable(table: Table): void {
  const { world, policy } = table;
  for (const model of Object.keys(policy.config.models)) {
    const cards = cardsOf(policy, model);
    const holders = holdersOf(table, cards > 1).flatMap(({ agent, models }) => {
      const held = models.find((each) => each.model === model);
      if (held === undefined) return [];
      const failure = world.memory.failures.get(placeKey({ agent, model }))?.message;
      const isReady = held.state === 'ready';
      return [{ agent, isReady, problem: isReady ? null : (held.refused ?? failure ?? null) }];
    });
    const refusing = holders.filter(({ problem }) => problem !== null);
    const isHopeless =
      refusing.length > 0 &&
      !holders.some(({ isReady }) => isReady) &&
      holders.length - refusing.length < cards;
    if (!isHopeless) world.unloadable.delete(model);
    else {
      const story = refusing.map(({ agent, problem }) => `${agent}: ${problem}`).join('; ');
      world.unloadable.set(model, `${model} (${story})`);
    }
  }
}

/** A card that is lent, or reserved, comes back: a group may wait for it. */
const holdersOf = (
  { cards, world }: Table,
  isSplit: boolean,
): Pick<AgentView, 'agent' | 'models'>[] =>
  isSplit ? [...world.agents.values()].filter(({ state }) => state === 'alive') : [...cards];

function reroute({ world, policy }: Table, open: OpenBatch, located: Located): Decision[] {
  const { group, entry } = located;
  const { state } = entry;
  if (state.is !== 'queued' || state.name.taskClass !== 'llm') return [];
  const { model } = state.name;
  if (model === undefined || !world.unloadable.has(model)) return [];
  const common = { batch: open.batch.id, task: entry.id, from: state.name };
  const next = modelFor(group.task, world, policy);
  if (next !== null && !world.unloadable.has(next)) {
    const reason = `${next} instead of ${world.unloadable.get(model)}`;
    return [{ ...common, is: 'recall', reason }];
  }
  const stories = chainOf(group.task, policy).map((each) => world.unloadable.get(each) ?? each);
  const reason = `no model for it could be loaded: ${stories.join(', ')}`;
  return [{ ...common, is: 'fail', as: 'unserved', counts: entry.counts, reason }];
}

/** A wish that its agent has not begun: the agent is gone, or nothing waits for the model any more. */
function withdraw(table: Table, { batch, entry, is, item }: Pending): Decision[] {
  const { state, id: task, counts } = entry;
  if (state.is !== 'queued') return [];
  const card = table.cards.find(({ agent }) => agent === item.agent);
  const isAble = card !== undefined;
  const isWanted =
    is === 'unload_llm' ||
    waitingFor(table, item.model) > 0 ||
    item.model === idleModelOf(table) ||
    (card !== undefined && isPinned(table, card, item.model));
  if (isAble && isWanted) return [];
  const reason = isAble ? `nothing waits for ${item.model} any more` : `${item.agent} is gone`;
  return [{ is: 'cancel', batch, task, from: state.name, counts, as: 'cancelled', reason }];
}
