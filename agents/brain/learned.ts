// What a task needs of a card: what its plan says, or for a script with `vram_policy: infer` what earlier runs were
// seen to take. Pure.
import type { AttemptRecord } from '../protocol/attempt.ts';
import type { Vram } from '../protocol/lane-name.ts';
import { neededMib } from '../protocol/learned-vram.ts';
import type { LearnedTask } from '../protocol/learned-vram.ts';
import { vramNeed } from '../protocol/task.ts';
import type { Group, OpenBatch, World } from './model.ts';
import type { Policy } from './policy.ts';

/** Tasks of one heading in all open batches of its plan are released by what is known then. */
function unpool({ batches }: World, { plan, task }: LearnedTask): void {
  for (const open of batches.values()) {
    const group = open.batch.plan === plan ? open.groups.get(task) : undefined;
    if (group !== undefined) open.unpooled.add(group);
  }
}

const isInferred = ({ task }: Group): boolean =>
  task.vram_policy === 'infer' && task.task_class === 'script';

const keyOf = ({ batch }: OpenBatch, { name }: Group): string => `${batch.plan}/${name}`;

export interface VramNeed {
  readonly vram: Vram;
  /** How a person reads it in the decision log; null where the plan says it. */
  readonly reason: string | null;
}

export function needFor(world: World, open: OpenBatch, group: Group, { config }: Policy): VramNeed {
  const known = isInferred(group) ? world.memory.learned.get(keyOf(open, group)) : undefined;
  if (known === undefined) return { vram: vramNeed(group.task, config.agent), reason: null };
  const budgets = [...world.agents.values()].map(({ card }) => card.budgetMib);
  const largestMib = Math.max(0, ...budgets);
  const wantedMib = neededMib(known, config.brain.inferMarginPercent);
  // More than any card has would wait for ever; it ran on one of them before.
  const vram = largestMib > 0 ? Math.min(wantedMib, largestMib) : wantedMib;
  const runs = known.peaks_mib.length;
  return { vram, reason: `${vram} MiB, learned from ${runs} ${runs === 1 ? 'run' : 'runs'}` };
}

/** Answers whether anything was learned. A run that failed may have ended before its peak: it can only raise. */
export function learn(
  world: World,
  open: OpenBatch,
  group: Group,
  { outcome, vram_peak_mib: peak, finished_at: at }: AttemptRecord,
  { config }: Policy,
): boolean {
  // Nothing measured is not nothing used.
  if (!isInferred(group) || peak === null || peak <= 0) return false;
  const key = keyOf(open, group);
  const before = world.memory.learned.get(key)?.peaks_mib ?? [];
  if (outcome !== 'complete' && peak <= Math.max(0, ...before)) return false;
  const { inferRunsMax, inferTasksMax } = config.brain;
  const peaks_mib = [...before, peak].slice(-inferRunsMax);
  // The one that was heard of last comes last.
  world.memory.learned.delete(key);
  const known: LearnedTask = { plan: open.batch.plan, task: group.name, peaks_mib, at };
  world.memory.learned.set(key, known);
  unpool(world, known);
  for (const oldest of world.memory.learned.keys()) {
    if (world.memory.learned.size <= inferTasksMax) break;
    world.memory.learned.delete(oldest);
  }
  return true;
}
