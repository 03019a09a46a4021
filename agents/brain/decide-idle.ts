// What happens to cards while no model is missing: pins, copies, cards for tasks without a model, and what becomes
// of models that nothing wants. Pure.
import {
  heldOn,
  idleModelOf,
  idleMs,
  isPinned,
  isServed,
  offersCard,
  pinOf,
  residentMs,
  waitedMs,
} from './cards.ts';
import type { CardState, Table } from './cards.ts';
import { costOf } from './decide-swap.ts';
import { cardsOf } from './groups.ts';
import { CARD } from './model-demand.ts';
import { fits, load, mayTry, waits, unload } from './wish-parts.ts';
import type { Plain } from './wish-parts.ts';

export function keepPin(table: Table, card: CardState): Plain | null {
  const model = pinOf(table.policy, card.agent);
  const held = card.models.find((each) => each.model === model);
  if (held === undefined || (held.state !== 'cold' && held.state !== 'failed')) return null;
  if (!mayTry(table, card, held)) return null;
  return load(card.agent, held.model, `it is pinned to ${card.agent}`);
}

/** A cold card that nothing else wants helps where much waits. */
export function copy(table: Table, cards: readonly CardState[]): Plain | null {
  const { demand, policy } = table;
  if (demand.waitingForCard > 0) return null;
  const { copyWaitingPerSlot } = policy.config.modelPolicy;
  const idle = cards.filter((card) => heldOn(card).length === 0 && card.runningAlone === 0);
  const wanted = [...demand.waiting].toSorted(([, a], [, b]) => b - a);
  for (const [model, count] of wanted) {
    if (cardsOf(policy, model) > 1) continue;
    const holders = table.cards.flatMap((card) =>
      card.models.filter((held) => held.model === model && held.state !== 'cold'),
    );
    if (holders.some(({ state }) => state !== 'ready')) continue;
    const slots = holders.reduce((sum, held) => sum + held.slots, 0);
    if (count < slots * copyWaitingPerSlot) continue;
    const card = idle.find((each) => {
      const held = each.models.find((one) => one.model === model && one.state === 'cold');
      return held?.on_card === true && mayTry(table, each, held) && fits(each, held);
    });
    if (card === undefined) continue;
    const reason = `${waits(count)} for ${model}, served by ${slots} so far`;
    return load(card.agent, model, reason);
  }
  return null;
}

/** Only what needs a card without a model waits, and every card holds one. */
export function freeCard(table: Table, cards: readonly CardState[]): Plain | null {
  const { demand, policy, cards: all } = table;
  if (demand.waitingForCard === 0 || all.some(offersCard)) return null;
  const { maxWaitMs, residencyMsMin } = policy.config.modelPolicy;
  const isOverdue = waitedMs(table, CARD) >= maxWaitMs;
  const options = cards.flatMap((card) => {
    const held = heldOn(card);
    const costs = held.map((model) => costOf(table, card, model, isOverdue).rank);
    const isFree = held.every(
      ({ model, state }) =>
        state === 'ready' &&
        !isPinned(table, card, model) &&
        residentMs(table, card, model) >= residencyMsMin,
    );
    const rank = Math.max(0, ...costs);
    return isFree && held.length > 0 && rank < Number.POSITIVE_INFINITY
      ? [{ rank, card, held }]
      : [];
  });
  const [best] = options.toSorted((a, b) => a.rank - b.rank);
  if (best === undefined) return null;
  const { model } = best.held[0]!;
  const reason = `${waits(demand.waitingForCard)} for a card without a model`;
  return unload(best.card.agent, model, CARD, reason);
}

export function unloadIdle(table: Table, card: CardState): Plain | null {
  const { idleUnloadMs } = table.policy.config.modelPolicy;
  if (idleUnloadMs === 0) return null;
  const idle = card.models.find(
    ({ model, state, backend }) =>
      state === 'ready' &&
      backend !== 'openai' &&
      model !== idleModelOf(table) &&
      !isPinned(table, card, model) &&
      idleMs(table, card, model) >= idleUnloadMs,
  );
  if (idle === undefined) return null;
  const seconds = Math.round(idleMs(table, card, idle.model) / 1000);
  const reason = `nothing has wanted it for ${seconds} s`;
  return unload(card.agent, idle.model, CARD, reason);
}

/** When nothing is wanted, the model that people expect to find. */
export function returnToIdle(table: Table, cards: readonly CardState[]): Plain | null {
  const { demand } = table;
  const model = idleModelOf(table);
  if (model === null || demand.waiting.size + demand.waitingForCard + demand.running.size > 0) {
    return null;
  }
  if (isServed(table, model)) return null;
  const card = cards.find((each) => {
    const held = each.models.find((one) => one.model === model);
    return held !== undefined && mayTry(table, each, held) && fits(each, held);
  });
  return card === undefined ? null : load(card.agent, model, 'nothing else is wanted');
}
