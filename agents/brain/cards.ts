// The cards as the decisions about models see them: what each holds, what is on its way, and what it could hold
// as well. Pure.
import type { HeldModel } from '../protocol/heartbeat.ts';
import { keepGroups } from './groups.ts';
import { CARD } from './model-demand.ts';
import type { Demand } from './model-demand.ts';
import { metaItemOf, metaVerbOf } from './marks.ts';
import { heldForMs, keepFailures, keepSince, modelsOf, placeKey } from './model-memory.ts';
import type { MetaItem, MetaVerb } from './memory.ts';
import type { Entry, World } from './model.ts';
import type { AgentView } from './agent-view.ts';
import type { Policy } from './policy.ts';
import { systemBatches } from './system-name.ts';

/** A wish that has not ended. */
export interface Pending {
  readonly batch: string;
  readonly entry: Entry;
  readonly is: MetaVerb;
  readonly item: MetaItem;
}

export interface CardState {
  readonly agent: string;
  readonly view: AgentView;
  readonly models: readonly HeldModel[];
  readonly pending: Pending | null;
  /** Scripts, and llm tasks that bring their own model. */
  readonly runningAlone: number;
}

export interface Table {
  readonly cards: readonly CardState[];
  readonly pending: readonly Pending[];
  readonly demand: Demand;
  readonly world: World;
  readonly policy: Policy;
  readonly nowMs: number;
}

const ON_ITS_WAY: ReadonlySet<string> = new Set(['waiting', 'queued', 'claimed', 'retrying']);

export function tableOf(world: World, demand: Demand, policy: Policy, nowMs: number): Table {
  const pending = systemBatches(world.batches).flatMap((open) =>
    [...open.groups.values()].flatMap(({ task, entries }) => {
      const is = metaVerbOf(task);
      if (is === null) return [];
      return (entries ?? []).flatMap((entry): Pending[] => {
        const item = metaItemOf(entry);
        if (item === null || !ON_ITS_WAY.has(entry.state.is)) return [];
        return [{ batch: open.batch.id, entry, is, item }];
      });
    }),
  );
  const able = [...world.agents.values()].filter(
    ({ agent, slots, models }) => slots > 0 && models.length > 0 && !world.memory.lent.has(agent),
  );
  const cards = able
    .toSorted((a, b) => (a.agent < b.agent ? -1 : 1))
    .map((view) => ({
      agent: view.agent,
      view,
      models: modelsOf(view, world.memory),
      pending: pending.find(({ item }) => item.agent === view.agent) ?? null,
      runningAlone: demand.running.get(`${view.agent}/${CARD}`) ?? 0,
    }));
  const table = { cards, pending, demand, world, policy, nowMs };
  keepClocks(table);
  keepGroups(world, nowMs);
  return table;
}

/** In memory of the card, or about to be. */
export const isHeld = ({ state }: HeldModel): boolean => state !== 'cold' && state !== 'failed';
export const heldOn = ({ models }: CardState): HeldModel[] =>
  models.filter((model) => model.on_card && isHeld(model));

export const mibOf = (model: HeldModel, { view }: CardState): number =>
  model.on_card ? Math.max(model.vram_reserved_mib, model.vram_need_mib ?? view.card.budgetMib) : 0;

/** What all that is held takes, in MiB. */
export const heldMib = (card: CardState): number =>
  heldOn(card).reduce((sum, model) => sum + mibOf(model, card), 0);

export const waitingFor = ({ demand }: Table, model: string): number =>
  demand.waiting.get(model) ?? 0;
export const runningOn = ({ demand }: Table, { agent }: CardState, model: string): number =>
  demand.running.get(`${agent}/${model}`) ?? 0;

/** Whether a card has the model ready, or will have it: by a load, or by making room for it. */
export const isServed = (table: Table, model: string, except?: CardState): boolean =>
  table.cards.some((card) => card !== except && serves(card, model));

const serves = (card: CardState, model: string): boolean =>
  hasOrLoads(card, model) || (card.pending?.is === 'unload_llm' && card.pending.item.for === model);

/** Room that is being made is a promise only: until the load begins, what waits goes on waiting. */
function hasOrLoads({ models, pending }: CardState, model: string): boolean {
  const isLeaving = pending?.is === 'unload_llm' && pending.item.model === model;
  const isLoad = pending !== null && pending.is !== 'unload_llm';
  const isComing = isLoad && pending.item.model === model;
  const held = models.find((each) => each.model === model);
  const isThere = held !== undefined && (held.state === 'ready' || held.state === 'loading');
  return isComing || (isThere && !held.draining && !isLeaving);
}

const UNLOAD = { is: 'unload_llm' } as const;

/** Whether a card takes tasks that want it without a model, or soon will. */
export const offersCard = (card: CardState): boolean =>
  card.view.kind === 'gpu' &&
  !card.view.card.isConstrained &&
  ((heldOn(card).length === 0 && (card.pending ?? UNLOAD).is === 'unload_llm') ||
    (card.pending?.is === 'unload_llm' && card.pending.item.for === CARD));

export const isPinned = ({ policy }: Table, { agent }: CardState, name: string): boolean =>
  pinOf(policy, agent) === name;

export function pinOf({ config }: Policy, agent: string): string | null {
  const name = config.modelPolicy.pins[agent];
  return name === undefined ? null : (config.aliases[name] ?? name);
}

export function idleModelOf({ policy }: Table): string | null {
  const { aliases, modelPolicy } = policy.config;
  const { idleModel: name } = modelPolicy;
  return name === undefined ? null : (aliases[name] ?? name);
}

/** How long what waits for `model` (or a card) has been waiting. */
export const waitedMs = ({ world, nowMs }: Table, model: string): number =>
  heldForMs(world.memory.waitingSinceMs, model, nowMs);

export const residentMs = ({ world, nowMs }: Table, { agent }: CardState, model: string): number =>
  heldForMs(world.memory.residentSinceMs, placeKey({ agent, model }), nowMs);

export const idleMs = ({ world, nowMs }: Table, { agent }: CardState, model: string): number =>
  heldForMs(world.memory.idleSinceMs, placeKey({ agent, model }), nowMs);

function keepClocks(table: Table): void {
  const { cards, demand, world, nowMs } = table;
  const { memory } = world;
  const waiting = [...demand.waiting.keys()].filter(
    (model) => !cards.some((card) => hasOrLoads(card, model)),
  );
  const isCardMissing = demand.waitingForCard > 0 && !cards.some(offersCard);
  keepSince(memory.waitingSinceMs, new Set([...waiting, ...(isCardMissing ? [CARD] : [])]), nowMs);
  const ready = cards.flatMap((card) =>
    card.models
      .filter(({ state }) => state === 'ready')
      .map(({ model }) => ({ card, model, key: placeKey({ agent: card.agent, model }) })),
  );
  keepSince(memory.residentSinceMs, new Set(ready.map(({ key }) => key)), nowMs);
  const idle = ready.filter(
    ({ card, model }) => waitingFor(table, model) + runningOn(table, card, model) === 0,
  );
  keepSince(memory.idleSinceMs, new Set(idle.map(({ key }) => key)), nowMs);
  keepFailures(world, nowMs);
}
