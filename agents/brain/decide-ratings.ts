// Outputs that wait for a rating. Each is given to the model of the role brain once; what is rated below 3 has failed,
// with the feedback for the next attempt. What cannot be rated counts as it is: the model is a help, and its absence
// must not cost finished work. Pure.
import { RATING_GOOD, RATING_MAX } from '../protocol/thought.ts';
import type { FailedName } from '../protocol/lane-name.ts';
import type { Decision } from './decisions.ts';
import type { Located, OpenBatch, World } from './model.ts';
import { windowOf } from './policy.ts';
import type { Policy } from './policy.ts';
import { attemptKey, indexThoughts, isSettled, isUnrated, mayThink, think } from './thoughts.ts';
import type { Thought } from './thoughts.ts';

type Unrated = Located & { readonly from: FailedName };

export function decideRatings(world: World, open: OpenBatch, policy: Policy): Decision[] {
  if (open.control.isCancelled) return [];
  const unrated = [...open.retrying.values()].flatMap((located): Unrated[] => {
    const { state } = located.entry;
    return state.is === 'retrying' && isUnrated(state.name)
      ? [{ ...located, from: state.name }]
      : [];
  });
  if (unrated.length === 0) return [];
  const thoughts = indexThoughts(world, 'evaluate');
  const slots = [...world.agents.values()].reduce((sum, agent) => sum + agent.slots, 0);
  const underWay = [...thoughts.values()].filter((thought) => !isSettled(thought)).length;
  let room = windowOf(slots, policy.config.brain) - underWay;
  return unrated.flatMap((each): Decision[] => {
    const thought = thoughts.get(attemptKey(aboutOf(open, each)));
    if (thought !== undefined) return answered(world, open, each, thought);
    if (!mayThink(policy.config)) {
      return [approve(open, each, 'not rated: the roster has no role `brain` any more')];
    }
    if (room <= 0) return [];
    room -= 1;
    const { attempt } = each.from.counts;
    const reason = `attempt ${attempt} of ${open.batch.id}/${each.entry.id} asks for a rating`;
    return [think(world, 'evaluate', aboutOf(open, each), reason)];
  });
}

const aboutOf = ({ batch }: OpenBatch, { group, from }: Unrated) => ({
  plan: batch.plan,
  batch: batch.id,
  task: from.task,
  template: group.name,
  attempt: from.counts.attempt,
});

function answered(world: World, open: OpenBatch, each: Unrated, thought: Thought): Decision[] {
  const { state } = thought.entry;
  if (state.is === 'ended') {
    return [approve(open, each, `not rated: its evaluation ended ${state.name.reason}`)];
  }
  if (state.is !== 'complete') return [];
  const known = world.ratings.get(attemptKey(thought.about));
  if (known === undefined || known.is === 'sought') return [];
  if (known.is === 'none') return [approve(open, each, `not rated: ${known.why}`)];
  const { rating } = known;
  const is = rating.rating < RATING_GOOD ? 'disapprove' : 'approve';
  const reason = `rated ${rating.rating} of ${RATING_MAX} by ${rating.model}: ${rating.feedback}`;
  return [{ ...approve(open, each, reason), is, rating }];
}

const approve = (open: OpenBatch, { from }: Unrated, reason: string) =>
  ({ is: 'approve', batch: open.batch.id, task: from.task, from, rating: null, reason }) as const;
