// The end of a batch, and what comes before it where tasks have failed: the model of the role brain is asked why, about
// the first few of them. Its answer is advice for people and changes no state; the summary waits for it for a while
// and then goes without. Pure.
import type { Subject } from '../protocol/thought.ts';
import type { Decision } from './decisions.ts';
import type { OpenBatch, World } from './model.ts';
import type { Policy } from './policy.ts';
import { failuresOf, planGroups } from './summary.ts';
import { attemptKey, indexThoughts, isSettled, mayThink, think } from './thoughts.ts';

/** Every task of the batch has ended. */
export function decideEnd(
  world: World,
  open: OpenBatch,
  policy: Policy,
  nowMs: number,
): Decision[] {
  const subjects = open.control.isCancelled ? [] : subjectsOf(open, policy);
  const over = 'every task has ended';
  if (subjects.length === 0) return [{ is: 'summarise', batch: open.batch.id, reason: over }];
  open.diagnosingSinceMs ??= nowMs;
  const isLate = nowMs - open.diagnosingSinceMs >= policy.config.brain.diagnoseWaitMs;
  const thoughts = indexThoughts(world, 'diagnose');
  const found = subjects.map((about) => ({ about, thought: thoughts.get(attemptKey(about)) }));
  if (!isLate) {
    const wishes = found.flatMap(({ about, thought }) =>
      thought === undefined
        ? [think(world, 'diagnose', about, `${about.batch}/${about.task} failed for good`)]
        : [],
    );
    if (wishes.length > 0) return wishes;
    if (found.some(({ thought }) => thought !== undefined && !isSettled(thought))) return [];
  }
  const done = found.flatMap(({ about, thought }) => {
    if (thought?.entry.state.is !== 'complete') return [];
    const { id: task, counts } = thought.entry;
    const name = { batch: thought.open.batch.id, task, attempt: counts.attempt };
    return [[attemptKey(about), name] as const];
  });
  const late = `, and ${found.length - done.length} diagnoses took too long`;
  const reason = isLate && done.length < found.length ? `${over}${late}` : over;
  return [{ is: 'summarise', batch: open.batch.id, diagnoses: Object.fromEntries(done), reason }];
}

/** The failures that the summary shows first. */
function subjectsOf(open: OpenBatch, { config }: Policy): Subject[] {
  const { diagnosesMax } = config.brain;
  if (diagnosesMax === 0 || !mayThink(config)) return [];
  const { plan, id: batch } = open.batch;
  const subjects: Subject[] = [];
  for (const group of planGroups(open)) {
    if (group.tally.failed === 0 && group.templateReason !== 'definition') continue;
    for (const { task, counts } of failuresOf(group)) {
      if (subjects.length >= diagnosesMax) return subjects;
      subjects.push({ plan, batch, task, template: group.name, attempt: counts.attempt });
    }
  }
  return subjects;
}
