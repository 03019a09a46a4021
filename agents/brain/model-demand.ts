// What waits for which model, and what for a card without one. Only what could start now counts: phases of a plan
// follow from its graph. Pure.
import { modelFor } from './marks.ts';
import type { Entry, Group, World } from './model.ts';
import type { Policy } from './policy.ts';
import { poolsOf } from './pools.ts';

export interface Demand {
  /** Tasks that wait, by model. */
  readonly waiting: ReadonlyMap<string, number>;
  /** Tasks that wait for a card on which no model is loaded. */
  readonly waitingForCard: number;
  /** Tasks that run on a model, by agent and model. */
  readonly running: ReadonlyMap<string, number>;
}

/** The key of what runs on a card without a model. */
export const CARD = '';

export function demandOf(world: World, policy: Policy): Demand {
  const waiting = new Map<string, number>();
  const running = new Map<string, number>();
  let waitingForCard = 0;
  const add = (counts: Map<string, number>, key: string, count: number): void =>
    void counts.set(key, (counts.get(key) ?? 0) + count);
  const want = (model: string | null, count: number): void => {
    if (model === null) waitingForCard += count;
    else add(waiting, model, count);
  };
  for (const open of world.batches.values()) {
    if (open.control.isCancelled) continue;
    for (const { group, entry } of [...open.outstanding.values(), ...open.retrying.values()]) {
      const { state } = entry;
      if (!isCardClass(group.task.task_class) || isUnrated(entry)) continue;
      if (state.is === 'claimed') {
        add(running, `${state.name.agent}/${state.name.model ?? CARD}`, 1);
      } else want(modelOf(entry, group, world, policy), 1);
    }
    if (open.control.isPaused) continue;
    for (const { taskClass, model, entries } of poolsOf(world, open, policy)) {
      if (isCardClass(taskClass)) want(model, entries);
    }
  }
  return { waiting, waitingForCard, running };
}

/** It waits for a rating, and its own model may go meanwhile. */
const isUnrated = ({ state }: Entry): boolean =>
  state.is === 'retrying' && state.name.reason === 'unrated';

const isCardClass = (taskClass: string | undefined): boolean =>
  taskClass === 'llm' || taskClass === 'script';

function modelOf(entry: Entry, { task }: Group, world: World, policy: Policy): string | null {
  const { state } = entry;
  return state.is === 'queued' ? (state.name.model ?? null) : modelFor(task, world, policy);
}
