// What the name of a released task carries beside its need: the model that it runs on, or that a meta task is
// about, and the only agent that may claim it. A claim is decided by names alone.
import { Fault } from '../protocol/fault.ts';
import type { QueueName } from '../protocol/lane-name.ts';
import type { PlanTask } from '../protocol/plan/types.ts';
import { chooseModels } from '../protocol/roster-names.ts';
import { wantsModel } from '../protocol/task.ts';
import { META_VERBS } from './memory.ts';
import type { MetaItem, MetaVerb } from './memory.ts';
import type { Entry, World } from './model.ts';
import type { Policy } from './policy.ts';

export type Marks = Pick<QueueName, 'model' | 'target'>;

/** What an agent does itself on its card, or on a card group; null for everything else. */
export const metaVerbOf = ({ builtin }: Pick<PlanTask, 'builtin'>): MetaVerb | null =>
  META_VERBS.find((verb) => verb === builtin) ?? null;

export const metaItemOf = ({ items }: Pick<Entry, 'items'>): MetaItem | null =>
  (items?.[0] as MetaItem | undefined) ?? null;

/** The first model of the chain that some agent may hold; null for tasks that want none. */
export function modelFor(task: PlanTask, world: World, policy: Policy): string | null {
  if (!wantsModel(task)) return null;
  const chain = chainOf(task, policy);
  return chain.find((model) => !world.unloadable.has(model)) ?? chain[0] ?? null;
}

/** Empty when the roster has changed since the batch was accepted. */
export function chainOf(task: PlanTask, policy: Policy): readonly string[] {
  try {
    return chooseModels(task, policy.config).chain;
  } catch (error) {
    if (error instanceof Fault) return [];
    throw error;
  }
}

export function marksOf(task: PlanTask, entry: Entry, world: World, policy: Policy): Marks {
  if (metaVerbOf(task) !== null) {
    const item = metaItemOf(entry);
    return item === null ? {} : { model: item.model, target: item.agent };
  }
  const model = modelFor(task, world, policy);
  return model === null ? {} : { model };
}
