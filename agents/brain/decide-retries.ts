// Which failed tasks are tried again now. Their file stays in failed/ until the backoff is over, so that
// `ls` shows what waits for what; a worker's task then goes straight to the queue, whatever it holds.
import { formatRank } from '../protocol/lane-name.ts';
import type { QueueName } from '../protocol/lane-name.ts';
import { countsAfter } from '../protocol/retry.ts';
import type { TaskClass } from '../protocol/words.ts';
import type { Decision } from './decisions.ts';
import { needFor } from './learned.ts';
import { marksOf } from './marks.ts';
import type { OpenBatch, World } from './model.ts';
import type { Policy } from './policy.ts';

export function decideRetries(
  world: World,
  open: OpenBatch,
  policy: Policy,
  nowMs: number,
): Decision[] {
  if (open.control.isPaused || open.control.isCancelled) return [];
  const decisions: Decision[] = [];
  for (const { group, entry } of open.retrying.values()) {
    if (entry.state.is !== 'retrying' || entry.state.dueMs > nowMs) continue;
    const { name: from, avoid } = entry.state;
    const reason = `attempt ${from.counts.attempt} ended ${from.reason}`;
    if (group.task.executor === 'brain') {
      const counts = { ...countsAfter(from.counts, from.reason), attempt: from.counts.attempt };
      decisions.push({ is: 'revive', batch: open.batch.id, task: entry.id, from, counts, reason });
      continue;
    }
    world.sequence += 1;
    const need = needFor(world, open, group, policy);
    const to: QueueName = {
      rank: formatRank(group.task.priority ?? open.batch.priority, world.sequence),
      taskClass: group.task.task_class!,
      vram: need.vram,
      batch: open.batch.id,
      task: entry.id,
      counts: countsAfter(from.counts, from.reason),
      ...marksOf(group.task, entry, world, policy),
      ...(isTakenElsewhere(world, group.task.task_class!, avoid) ? { avoid } : {}),
    };
    const why = need.reason === null ? reason : `${reason}; needs ${need.reason}`;
    decisions.push({ is: 'retry', batch: open.batch.id, task: entry.id, from, to, reason: why });
  }
  return decisions;
}

/** Whether another living agent takes the class: where there is none, nobody waits for it. */
function isTakenElsewhere(
  world: World,
  taskClass: TaskClass,
  avoid: string | undefined,
): avoid is string {
  const needsCard = taskClass === 'script' || taskClass === 'llm';
  return (
    avoid !== undefined &&
    [...world.agents.values()].some(
      ({ agent, slots, kind }) => agent !== avoid && slots > 0 && (kind === 'gpu' || !needsCard),
    )
  );
}
