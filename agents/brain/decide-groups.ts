// Models that take several cards: which cards are lent to whom, when such a model is loaded on them, and when they go
// back. Cards are gathered first: what runs on a lent card ends by itself, its models leave, and only when all of
// them have been free for a while is the model loaded. Pure.
import {
  heldMib,
  heldOn,
  isHeld,
  isPinned,
  mibOf,
  offersCard,
  residentMs,
  waitedMs,
  waitingFor,
} from './cards.ts';
import type { CardState, Table } from './cards.ts';
import { SYSTEM_PLAN } from '../protocol/ids.ts';
import { describeReservation } from '../protocol/reservation.ts';
import { costOf, victimOn } from './decide-swap.ts';
import type { Decision } from './decisions.ts';
import { cardsOf, groupsOf, isGathered, isLentTo } from './groups.ts';
import type { CardGroup } from './groups.ts';
import { heldForMs, placeKey } from './model-memory.ts';
import { loadSplit, mayTry, unload, waits } from './wish-parts.ts';
import type { Plain } from './wish-parts.ts';

/** A lending that no heartbeat shows after this long is sent again: its file may have been taken away. */
const LEND_AGAIN_MS = 10_000;

type OfCards = Extract<Decision, { is: 'lend' | 'take_back' }>;

/** What becomes of the groups that there are. */
export function keepLendings(table: Table): OfCards[] {
  return groupsOf(table.world.memory).flatMap((group) => {
    const why = whyDissolve(table, group);
    if (why === null) return group.partners.flatMap((partner) => lendAgain(table, group, partner));
    return group.partners.map((agent) => ({
      is: 'take_back' as const,
      batch: SYSTEM_PLAN,
      agent,
      reason: why,
    }));
  });
}

/** Null while the group is to be kept: its model is held on it, or is wanted and can still come. */
function whyDissolve(table: Table, group: CardGroup): string | null {
  const { world, policy } = table;
  const { owner, model } = group;
  const view = world.agents.get(owner);
  if (view === undefined || view.state === 'lost') return whyGone(table, group);
  if (view.state === 'stopped') return `${owner} has stopped`;
  const models = table.cards.find(({ agent }) => agent === owner)?.models ?? view.models;
  const held = models.find((each) => each.model === model);
  if (held !== undefined && isHeld(held)) return null;
  const pending = table.pending.find(({ item }) => item.agent === owner);
  if (pending?.is === 'load_split' && pending.item.model === model) return null;
  if (held === undefined || held.refused !== null) {
    return `${owner} cannot hold ${model}: ${held?.refused ?? 'it is not in its roster'}`;
  }
  const failure = world.memory.failures.get(placeKey({ agent: owner, model }));
  if (failure !== undefined) return `${owner} could not load ${model}: ${failure.message}`;
  if (waitingFor(table, model) === 0) return `nothing waits for ${model} any more`;
  if (group.partners.length !== cardsOf(policy, model) - 1) return 'the group is not whole';
  if (view.slots === 0) return `${owner} takes nothing new`;
  if (pending !== undefined && pending.item.for !== model) return `${owner} is for something else`;
  if (isCardWanted(table, model, [owner])) return 'tasks wait for a card without a model';
  return group.partners.map((partner) => whyLost(table, group, partner)).find(Boolean) ?? null;
}

/** A server outlives its owner for a while, and with it the need for its cards. */
function whyGone({ world, policy, nowMs }: Table, { owner }: CardGroup): string | null {
  const { runtime, agent } = policy.config;
  const graceMs = runtime.ownerGraceS * 1000 + agent.leaseMs;
  const goneMs = heldForMs(world.memory.goneSinceMs, owner, nowMs);
  return goneMs < graceMs ? null : `${owner} is gone, and its server with it`;
}

/** Why a card cannot be gathered any more. */
function whyLost({ world }: Table, group: CardGroup, partner: string): string | null {
  const view = world.agents.get(partner);
  if (view === undefined || view.state !== 'alive') return `${partner} is not there any more`;
  if (view.reservation === null || isLentTo(view, group)) return null;
  return `${partner} is ${describeReservation(view.reservation)}`;
}

function lendAgain({ world, nowMs }: Table, group: CardGroup, partner: string): OfCards[] {
  const view = world.agents.get(partner);
  const { atMs } = world.memory.lent.get(partner)!;
  const isSilent = view?.state === 'alive' && view.reservation === null;
  return isSilent && nowMs - atMs >= LEND_AGAIN_MS
    ? [lend(group, partner, 'its heartbeat says nothing of it')]
    : [];
}

const lend = ({ owner, model }: CardGroup, agent: string, reason: string): OfCards => ({
  is: 'lend',
  batch: SYSTEM_PLAN,
  agent,
  owner,
  model,
  reason,
});

export interface Step {
  readonly lendings: readonly OfCards[];
  readonly wish: Plain | null;
}

const NOTHING: Step = { lendings: [], wish: null };

/** The next step towards a model that is wanted: to gather cards, to make room on the owner's, or to load. */
export function gather(table: Table, cards: readonly CardState[], model: string): Step {
  const group = groupsOf(table.world.memory).find((each) => each.model === model);
  if (group !== undefined) return { ...NOTHING, wish: loadOn(table, cards, group) };
  const chosen = choose(table, cards, model);
  if (chosen === null) return NOTHING;
  const count = cardsOf(table.policy, model);
  const reason = `${waits(waitingFor(table, model))} for ${model}, which takes ${count} cards with ${chosen.owner}`;
  return { ...NOTHING, lendings: chosen.partners.map((agent) => lend(chosen, agent, reason)) };
}

function loadOn(table: Table, cards: readonly CardState[], group: CardGroup): Plain | null {
  const { world, policy, nowMs } = table;
  const { owner, model, partners } = group;
  const { groupStableMs, maxWaitMs } = policy.config.modelPolicy;
  const card = cards.find(({ agent }) => agent === owner);
  const held = card?.models.find((each) => each.model === model);
  if (card === undefined || held === undefined || !mayTry(table, card, held)) return null;
  const isStable = heldForMs(world.memory.gatheredSinceMs, model, nowMs) >= groupStableMs;
  if (!isGathered(world, group) || !isStable) return null;
  const wait = `${waits(waitingFor(table, model))} for ${model}`;
  const needMib = mibOf(held, card);
  if (heldMib(card) + needMib <= card.view.card.budgetMib) {
    return loadSplit(owner, model, partners, `${wait}, and ${partners.join(', ')} gathered`);
  }
  const victim = victimOn(table, card, needMib, waitedMs(table, model) >= maxWaitMs);
  return victim === null ? null : unload(owner, victim.model, model, `${wait}, ${victim.why}`);
}

function byHost(cards: readonly CardState[]): CardState[][] {
  const hosts = new Map<string, CardState[]>();
  for (const card of cards) {
    hosts.set(card.view.host, [...(hosts.get(card.view.host) ?? []), card]);
  }
  return [...hosts.values()];
}

/** The cards of one host that are disturbed least; the first of them owns the group. */
function choose(table: Table, cards: readonly CardState[], model: string): CardGroup | null {
  const count = cardsOf(table.policy, model);
  const options = byHost(cards).flatMap((onHost) => {
    const ranked = onHost
      .flatMap((card) => {
        const rank = rankOf(table, card, model);
        return rank === Number.POSITIVE_INFINITY ? [] : [{ agent: card.agent, rank }];
      })
      .toSorted((a, b) => a.rank - b.rank || (a.agent < b.agent ? -1 : 1))
      .slice(0, count);
    return ranked.length < count ? [] : [{ agents: ranked, rank: ranked.at(-1)!.rank }];
  });
  const [best] = options.toSorted((a, b) => a.rank - b.rank);
  if (best === undefined) return null;
  const [owner, ...partners] = best.agents.map(({ agent }) => agent);
  if (isCardWanted(table, model, [owner!, ...partners])) return null;
  return { owner: owner!, model, partners };
}

/** What it costs to empty a card; infinity where that is out of the question. */
function rankOf(table: Table, card: CardState, model: string): number {
  const { residencyMsMin, maxWaitMs } = table.policy.config.modelPolicy;
  const wanted = card.models.find((each) => each.model === model);
  if (wanted === undefined || !mayTry(table, card, wanted)) return Number.POSITIVE_INFINITY;
  if (mibOf(wanted, card) > card.view.card.budgetMib) return Number.POSITIVE_INFINITY;
  const isOverdue = waitedMs(table, model) >= maxWaitMs;
  const costs = heldOn(card).map((held) => {
    const mayGo =
      held.state === 'ready' &&
      !isPinned(table, card, held.model) &&
      residentMs(table, card, held.model) >= residencyMsMin;
    return mayGo ? costOf(table, card, held, isOverdue).rank : Number.POSITIVE_INFINITY;
  });
  return Math.max(card.runningAlone > 0 ? 2 : 0, ...costs);
}

/** Whether tasks without a model would be left without a card, and have not had their time yet. */
function isCardWanted(table: Table, model: string, agents: readonly string[]): boolean {
  const { demand, cards, policy } = table;
  if (demand.waitingForCard === 0) return false;
  if (waitedMs(table, model) >= policy.config.modelPolicy.maxWaitMs) return false;
  return !cards.some((card) => !agents.includes(card.agent) && offersCard(card));
}
