// Which card loads which model, and which gives one up. One wish at a time per card; a wish is a meta task that only
// its agent may claim. A model comes when tasks wait for it and no card serves it. It goes when another needs
// its place and nothing waits for it, or something else has waited too long; when only scripts wait; or after
// it was idle for long. What runs is never ended for it: the agent lets it finish. Pure.
import { isServed, tableOf, waitedMs } from './cards.ts';
import type { CardState } from './cards.ts';
import { SYSTEM_PLAN } from '../protocol/ids.ts';
import { copy, freeCard, keepPin, returnToIdle, unloadIdle } from './decide-idle.ts';
import { serve } from './decide-swap.ts';
import { gather, keepLendings } from './decide-groups.ts';
import { decideUnserved } from './decide-unserved.ts';
import type { Decision } from './decisions.ts';
import { cardsOf, isAnyLent } from './groups.ts';
import { demandOf } from './model-demand.ts';
import type { World } from './model.ts';
import type { Policy } from './policy.ts';
import type { Plain, Wish } from './wish-parts.ts';

export function decideModels(world: World, policy: Policy, nowMs: number): Decision[] {
  if (Object.keys(policy.config.models).length === 0 && !isAnyLent(world)) return [];
  const table = tableOf(world, demandOf(world, policy), policy, nowMs);
  const others = decideUnserved(table);
  const taken = new Set(table.pending.map(({ item }) => item.agent));
  const wishes: Plain[] = [];
  const make = (wish: Plain | null): void => {
    if (wish === null) return;
    taken.add(wish.agent);
    wishes.push(wish);
  };
  const free = (): CardState[] =>
    table.cards.filter(({ agent, view }) => !taken.has(agent) && !view.card.isConstrained);

  for (const card of free()) make(keepPin(table, card));
  const lendings = keepLendings(table);
  const dissolved = lendings.some(({ is }) => is === 'take_back');
  const unserved = [...table.demand.waiting.keys()]
    .filter((model) => !isServed(table, model))
    .toSorted((a, b) => waitedMs(table, b) - waitedMs(table, a) || (a < b ? -1 : 1));
  for (const model of unserved) {
    if (cardsOf(policy, model) === 1) make(serve(table, free(), model));
    // Cards that are on their way back can be lent again when they are there.
    else if (!dissolved) {
      const { lendings: more, wish } = gather(table, free(), model);
      for (const { agent } of more) taken.add(agent);
      lendings.push(...more);
      make(wish);
    }
  }
  if (unserved.length === 0) make(copy(table, free()));
  make(freeCard(table, free()));
  for (const card of free()) make(unloadIdle(table, card));
  make(returnToIdle(table, free()));
  return [...others, ...lendings, ...named(world, wishes)];
}

/** Numbered in the batch of this brain, so that deciding again names the same tasks. */
function named({ system, batches }: World, wishes: readonly Plain[]): Wish[] {
  const open = system === null ? undefined : batches.get(system);
  const made = [...(open?.groups.values() ?? [])].reduce(
    (sum, { task, entries }) => (task.builtin === 'summary' ? sum : sum + (entries?.length ?? 0)),
    0,
  );
  return wishes.map((wish, index) => ({
    ...wish,
    batch: system ?? SYSTEM_PLAN,
    task: `${wish.verb}_${wish.agent}_${made + index + 1}`,
  }));
}
