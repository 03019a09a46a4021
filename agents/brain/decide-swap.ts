// Where a model that is wanted comes to: beside what a card holds, or in the place of something. Pure.
import {
  heldMib,
  heldOn,
  isPinned,
  isServed,
  mibOf,
  offersCard,
  residentMs,
  runningOn,
  waitedMs,
  waitingFor,
} from './cards.ts';
import type { CardState, Table } from './cards.ts';
import type { HeldModel } from '../protocol/heartbeat.ts';
import { load, mayTry, waits, unload } from './wish-parts.ts';
import type { Plain } from './wish-parts.ts';

interface Option {
  /** The lower, the less it disturbs. */
  readonly rank: number;
  readonly wish: Plain;
}

export function serve(table: Table, cards: readonly CardState[], model: string): Plain | null {
  const options = cards.flatMap((card) => optionOn(table, card, model) ?? []);
  return options.toSorted((a, b) => a.rank - b.rank)[0]?.wish ?? null;
}

function optionOn(table: Table, card: CardState, model: string): Option | null {
  const held = card.models.find((each) => each.model === model);
  if (held === undefined || !mayTry(table, card, held)) return null;
  const { maxWaitMs } = table.policy.config.modelPolicy;
  const isOverdue = waitedMs(table, model) >= maxWaitMs;
  const wait = `${waits(waitingFor(table, model))} for ${model}`;
  const needMib = mibOf(held, card);
  const isCold = heldOn(card).length === 0;
  if (heldMib(card) + needMib <= card.view.card.budgetMib || !held.on_card) {
    if (held.on_card && isCold && !isOverdue && isLastCard(table, card)) return null;
    const rank = card.runningAlone > 0 ? 2 : isCold ? 0 : 1;
    return { rank, wish: load(card.agent, model, `${wait}, and no card serves it`) };
  }
  const victim = victimOn(table, card, needMib, isOverdue);
  if (victim === null) return null;
  const why = isOverdue ? `for ${Math.round(waitedMs(table, model) / 1000)} s` : victim.why;
  return {
    rank: victim.rank,
    wish: unload(card.agent, victim.model, model, `${wait}, ${why}`),
  };
}

/** The last card that tasks without a model could use is not taken from them before their time. */
const isLastCard = ({ demand, cards }: Table, card: CardState): boolean =>
  demand.waitingForCard > 0 && !cards.some((other) => other !== card && offersCard(other));

interface Victim {
  readonly model: string;
  readonly rank: number;
  readonly why: string;
}

/** The model that goes first when all that have to go, go; null when not enough of them may. */
export function victimOn(
  table: Table,
  card: CardState,
  needMib: number,
  isOverdue: boolean,
): Victim | null {
  const { residencyMsMin } = table.policy.config.modelPolicy;
  const victims = heldOn(card)
    .filter(({ model, state }) => state === 'ready' && !isPinned(table, card, model))
    .filter(({ model }) => residentMs(table, card, model) >= residencyMsMin)
    .map((held) => ({ held, ...costOf(table, card, held, isOverdue) }))
    .filter(({ rank }) => rank < Number.POSITIVE_INFINITY)
    .toSorted(
      (a, b) =>
        a.rank - b.rank ||
        residentMs(table, card, b.held.model) - residentMs(table, card, a.held.model),
    );
  let missingMib = heldMib(card) + needMib - card.view.card.budgetMib;
  let rank = 0;
  for (const victim of victims) {
    if (missingMib <= 0) break;
    missingMib -= mibOf(victim.held, card);
    rank = Math.max(rank, victim.rank);
  }
  const [first] = victims;
  return missingMib > 0 || first === undefined
    ? null
    : { model: first.held.model, rank, why: first.why };
}

/** What it costs to give a model up; infinity where that is out of the question. */
export function costOf(
  table: Table,
  card: CardState,
  { model }: HeldModel,
  isOverdue: boolean,
): { readonly rank: number; readonly why: string } {
  if (waitingFor(table, model) === 0) {
    const why = `and nothing waits for ${model}`;
    return { rank: runningOn(table, card, model) === 0 ? 3 : 4, why };
  }
  if (isServed(table, model, card)) return { rank: 5, why: `and another card serves ${model}` };
  return { rank: isOverdue ? 6 : Number.POSITIVE_INFINITY, why: '' };
}
