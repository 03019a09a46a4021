// Worlds in which the brain has thoughts: its own batch with them, each about an attempt of another batch.
import type { OpenBatch, World } from '../../agents/brain/model.ts';
import { addEntry } from '../../agents/brain/progress.ts';
import { openSystem } from '../../agents/brain/system-batch.ts';
import { attemptKey, think } from '../../agents/brain/thoughts.ts';
import type { Policy } from '../../agents/brain/policy.ts';
import type { Rating, ThoughtVerb } from '../../agents/protocol/thought.ts';
import { policyOf, put } from './world.ts';

const MODEL = { backend: 'openai', source: 'x', baseUrl: 'http://127.0.0.1/v1' } as const;

export const thinking = (brain: object = {}): Policy =>
  policyOf({ models: { wise: MODEL }, roles: { brain: { model: 'wise' } }, brain });

/** Gives the world a batch of its brain's own. */
export function withSystem(world: World, name = 'tutti'): OpenBatch {
  const id = `${name}-20261121-021455-00001`;
  const written = {
    v: 1,
    submitted_at: '',
    submitted_by: 'brain',
    config: {},
    priority: 10,
  } as const;
  const open = openSystem(
    { ...written, id, plan: 'tutti' },
    { loadTriesMax: 2, groupTriesMax: 3 },
    0,
  );
  world.batches.set(id, open);
  world.system = id;
  return open;
}

/** Adds a thought about the first attempt of a task, in a state of `put`. */
export function thinkOf(
  world: World,
  verb: ThoughtVerb,
  { batch, byTask }: OpenBatch,
  task: string,
  state: string,
  attempt = 1,
): string {
  const open = world.batches.get(world.system!)!;
  const template = byTask.get(task)!.group.name;
  const about = { plan: batch.plan, batch: batch.id, task, template, attempt };
  const { task: id } = think(world, verb, about, '');
  addEntry(open, open.groups.get(verb)!, { id, items: [about] });
  put(open, { [id]: state });
  return id;
}

/** What the record of the evaluation says. */
export function rate(world: World, { batch }: OpenBatch, task: string, rating: number): void {
  const given: Rating = { rating, feedback: 'so so', model: 'wise', by: 'evaluate_x' };
  const key = attemptKey({ batch: batch.id, task, attempt: 1 });
  world.ratings.set(key, { is: 'rated', rating: given });
}
