// Groups of cards for models that take several. One agent owns the group and loads the model; the others have lent
// their cards, which a signal file beside each says, and its heartbeat repeats. So a brain that starts finds them
// again. What is known of a lending before its heartbeat shows it is in the memory of this brain. Pure.
import type { ModelMemory } from './memory.ts';
import { keepSince } from './model-memory.ts';
import type { World } from './model.ts';
import type { AgentView } from './agent-view.ts';
import type { Policy } from './policy.ts';

export interface CardGroup {
  readonly owner: string;
  readonly model: string;
  readonly partners: readonly string[];
}

export const cardsOf = ({ config }: Policy, model: string): number =>
  config.models[model]?.cards ?? 1;

/** By owner and model, each with the agents that have lent it their cards. */
export function groupsOf({ lent }: ModelMemory): CardGroup[] {
  const groups = new Map<string, { owner: string; model: string; partners: string[] }>();
  for (const [partner, { owner, model }] of lent) {
    const key = `${owner}/${model}`;
    const group = groups.get(key) ?? { owner, model, partners: [] };
    group.partners.push(partner);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Also when the roster that asked for it is gone. */
export const isAnyLent = ({ memory, agents }: World): boolean =>
  memory.lent.size > 0 ||
  [...agents.values()].some(({ reservation }) => (reservation?.lent_to ?? null) !== null);

const holdsOnCard = ({ models }: AgentView): boolean =>
  models.some(({ on_card, state }) => on_card && state !== 'cold' && state !== 'failed');

export const isLentTo = (view: AgentView | undefined, { owner, model }: CardGroup): boolean =>
  view?.reservation?.lent_to?.agent === owner && view.reservation.lent_to.model === model;

/** Every lent card says so, runs nothing and holds nothing. */
export const isGathered = ({ agents }: Pick<World, 'agents'>, group: CardGroup): boolean =>
  group.partners.every((partner) => {
    const view = agents.get(partner);
    return (
      view?.state === 'alive' &&
      isLentTo(view, group) &&
      view.overdueMs.size === 0 &&
      !view.card.isConstrained &&
      !holdsOnCard(view)
    );
  });

/** Takes in what heartbeats say of lendings, and how long groups have been whole and owners away. */
export function keepGroups(world: World, nowMs: number): void {
  const { memory, agents } = world;
  for (const [agent, { reservation }] of agents) {
    const lent = reservation?.lent_to ?? null;
    if (lent === null || reservation === null || memory.lent.has(agent)) continue;
    if (memory.returned.get(agent) === reservation.at) continue;
    const { at } = reservation;
    memory.lent.set(agent, { owner: lent.agent, model: lent.model, at, atMs: nowMs });
  }
  const groups = groupsOf(memory);
  const gathered = groups.filter((group) => isGathered(world, group));
  keepSince(memory.gatheredSinceMs, new Set(gathered.map(({ model }) => model)), nowMs);
  const gone = groups.filter(({ owner }) => (agents.get(owner)?.state ?? 'lost') === 'lost');
  keepSince(memory.goneSinceMs, new Set(gone.map(({ owner }) => owner)), nowMs);
}
