// What may be released from: for each need and priority the headings of a batch with tasks that may start now, in the
// order of the plan. Only headings that were touched are looked at again. Pure.
import { needFor } from './learned.ts';
import { modelFor } from './marks.ts';
import type { Group, OpenBatch, World } from './model.ts';
import { needOf } from './need.ts';
import type { Need, Pool } from './need.ts';
import type { Policy } from './policy.ts';
import { mayRelease } from './ready.ts';

/** Of a group that has a class: one whose tasks are out, or may be released. */
export function needOfGroup(open: OpenBatch, group: Group, world: World, policy: Policy): Need {
  const { task } = group;
  const taskClass = task.task_class!;
  const { vram } = needFor(world, open, group, policy);
  const model = modelFor(task, world, policy);
  return { need: needOf(taskClass, vram, model), taskClass, vram, model };
}

/** None is empty. */
export function poolsOf(world: World, open: OpenBatch, policy: Policy): Iterable<Pool> {
  const without = [...world.unloadable.keys()].join(' ');
  if (without !== open.pooledWithout) {
    open.pooledWithout = without;
    for (const { model, places } of open.pools.values()) {
      if (model !== null) for (const place of places) open.unpooled.add(open.order[place]!);
    }
  }
  for (const group of open.unpooled) {
    leave(open, group);
    if (mayRelease(open, group)) enter(open, group, world, policy);
  }
  open.unpooled.clear();
  return open.pools.values();
}

const keyOf = ({ isOwn, priority, need }: Pool): string => `${isOwn} ${priority} ${need}`;

function enter(open: OpenBatch, group: Group, world: World, policy: Policy): void {
  const { task, itemDeps, ready, tally } = group;
  const isOwn = task.executor === 'brain';
  const priority = task.priority ?? open.batch.priority;
  const found = {
    ...needOfGroup(open, group, world, policy),
    isOwn,
    priority,
    places: [],
    entries: 0,
  };
  const key = keyOf(found);
  const pool: Pool = open.pools.get(key) ?? found;
  open.pools.set(key, pool);
  pool.places.splice(findIn(pool, group.index), 0, group.index);
  group.pool = pool;
  group.pooled = itemDeps.length > 0 ? ready.size : tally.waiting;
  pool.entries += group.pooled;
}

function leave(open: OpenBatch, group: Group): void {
  const { pool } = group;
  if (pool === null) return;
  group.pool = null;
  pool.entries -= group.pooled;
  pool.places.splice(findIn(pool, group.index), 1);
  if (pool.places.length === 0) open.pools.delete(keyOf(pool));
}

/** Where the place is in the list, or belongs. */
function findIn({ places }: Pool, place: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (places[middle]! < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
