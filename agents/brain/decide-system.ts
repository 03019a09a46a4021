// The batch of the brain's wishes: its tasks are tried again like all others, and one of an earlier brain is
// closed as soon as nothing of it is left. Pure.
import { decideRetries } from './decide-retries.ts';
import type { Decision } from './decisions.ts';
import { settleEntry } from './fate.ts';
import { tellsOfFailure } from './model-memory.ts';
import { isAwaited, isSettled, mayThink, thoughtsOf } from './thoughts.ts';
import type { OpenBatch, World } from './model.ts';
import type { Policy } from './policy.ts';

export function decideSystem(
  world: World,
  open: OpenBatch,
  policy: Policy,
  nowMs: number,
): Decision[] {
  const retries = [
    ...withdrawThoughts(world, open, policy),
    ...decideRetries(world, open, policy, nowMs),
  ];
  const isLeft =
    open.outstanding.size + open.retrying.size > 0 ||
    thoughtsOf(open).some((thought) => isAwaited(world, thought)) ||
    [...open.groups.values()].some(
      ({ task, tally }) => task.builtin !== 'summary' && tally.waiting > 0,
    );
  const isTold = tellsOfFailure(world, open.batch.id, nowMs);
  if (isLeft || isTold || open.batch.id === world.system) return retries;
  const reason = 'the brain that opened it is gone, and nothing of it is left';
  return [...retries, { is: 'summarise', batch: open.batch.id, reason }];
}

/** Nobody waits for it any more, or there is no model to think with. One that runs comes to its end by itself. */
function withdrawThoughts(world: World, open: OpenBatch, { config }: Policy): Decision[] {
  return thoughtsOf(open).flatMap((thought) => {
    if (isSettled(thought) || (isAwaited(world, thought) && mayThink(config))) return [];
    const reason = mayThink(config)
      ? 'nobody waits for it any more'
      : 'the roster has no role brain';
    return settleEntry(open, thought.entry, { is: 'cancel', as: 'cancelled', reason }) ?? [];
  });
}
