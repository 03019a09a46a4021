// What the brain has learned of scripts, in a file of its own: read at a start, written after each turn that learned
// something. It may be lost or deleted at any time; then it is learned again.
import { LEARNED_VRAM, learnedVramSchema } from '../protocol/learned-vram.ts';
import { encodePretty, readRecord } from '../store/records.ts';
import { publishVolatile } from '../store/store.ts';
import type { Brain } from './brain.ts';
import { learn } from './learned.ts';
import type { Ended } from './model.ts';

export async function readLearned({ effects, world }: Brain): Promise<void> {
  const { store, log } = effects;
  const read = await readRecord(store.disk, LEARNED_VRAM, learnedVramSchema);
  if (read.is === 'damaged') log.warn({ problem: read.problem }, `${LEARNED_VRAM} begins anew`);
  if (read.is !== 'ok') return;
  for (const one of read.value.tasks) world.memory.learned.set(`${one.plan}/${one.task}`, one);
}

export function learnFrom(brain: Brain, ends: readonly Ended[]): void {
  const { world, effects } = brain;
  for (const { batch, task, record } of ends) {
    const open = world.batches.get(batch);
    const group = open?.byTask.get(task)?.group;
    if (open === undefined || group === undefined) continue;
    if (learn(world, open, group, record, effects.policy)) brain.hasLearned = true;
  }
}

/** What the disk refuses is tried again after the next turn. */
export async function writeLearned(brain: Brain): Promise<void> {
  if (!brain.hasLearned) return;
  const { store, log } = brain.effects;
  try {
    const tasks = [...brain.world.memory.learned.values()];
    await publishVolatile(store, LEARNED_VRAM, encodePretty({ v: 1, tasks }));
    brain.hasLearned = false;
  } catch (error) {
    log.warn({ err: error }, 'what was learned of scripts was not written');
  }
}
