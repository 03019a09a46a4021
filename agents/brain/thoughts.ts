// The brain's thoughts: tasks of its own batches that ask the model of the role brain about an attempt of another
// batch. What there is of them is read off those batches, so that a restart knows each of them again. Pure.
import type { Config } from '../protocol/config.ts';
import { hasBrain } from '../protocol/roster-names.ts';
import type { Subject, ThoughtVerb } from '../protocol/thought.ts';
import { taskKey } from './model.ts';
import type { Entry, Group, OpenBatch, World } from './model.ts';
import { systemBatches } from './system-name.ts';
import type { Decision } from './decisions.ts';
import { hashText, SYSTEM_PLAN } from '../protocol/ids.ts';

/** A longer id would leave no room for what stands around it. */
const TASK_CHARS_MAX = 48;

export interface Thought {
  readonly open: OpenBatch;
  readonly group: Group;
  readonly entry: Entry;
  readonly verb: ThoughtVerb;
  readonly about: Subject;
}

/** What an entry of a brain's batch is about; null for everything that is no thought. */
export const subjectOf = ({ task }: Pick<Group, 'task'>, { items }: Entry): Subject | null =>
  isThought(task.builtin) ? ((items?.[0] as Subject | undefined) ?? null) : null;

const isThought = (builtin: Group['task']['builtin']): builtin is ThoughtVerb =>
  builtin === 'evaluate' || builtin === 'diagnose';

/** Names one attempt, for ever. */
export const attemptKey = ({ batch, task, attempt }: Omit<Subject, 'plan' | 'template'>): string =>
  `${taskKey(batch, task)}/${attempt}`;

export function thoughtsOf(open: OpenBatch): Thought[] {
  return [...open.groups.values()].flatMap((group): Thought[] => {
    const { builtin: verb } = group.task;
    if (!isThought(verb)) return [];
    return (group.entries ?? []).flatMap((entry) => {
      const about = subjectOf(group, entry);
      return about === null ? [] : [{ open, group, entry, verb, about }];
    });
  });
}

/** The newest thought of a kind about each attempt. */
export function indexThoughts(world: World, verb: ThoughtVerb): ReadonlyMap<string, Thought> {
  return new Map(
    systemBatches(world.batches)
      .flatMap(thoughtsOf)
      .filter((thought) => thought.verb === verb)
      .map((thought) => [attemptKey(thought.about), thought]),
  );
}

export const isSettled = ({ entry: { state } }: Thought): boolean =>
  state.is === 'complete' || state.is === 'ended';

/** Whether anybody still waits for it: an output that is not rated, or a batch that is about to end. */
export function isAwaited({ batches }: World, { verb, about }: Thought): boolean {
  const open = batches.get(about.batch);
  if (open === undefined || verb === 'diagnose') return open !== undefined;
  const state = open.byTask.get(about.task)?.entry.state;
  return state?.is === 'retrying' && isUnrated(state.name, about.attempt);
}

export const isUnrated = (
  { reason, counts }: { readonly reason: string; readonly counts: { readonly attempt: number } },
  attempt = counts.attempt,
): boolean => reason === 'unrated' && counts.attempt === attempt;

export const mayThink = (config: Config): boolean => hasBrain(config);

/** Named after what it is about, so that deciding again names the same task. */
export function think(
  { system }: World,
  verb: ThoughtVerb,
  about: Subject,
  reason: string,
): Extract<Decision, { is: 'think' }> {
  const task = `${verb}_${about.task.slice(0, TASK_CHARS_MAX)}_${hashText(attemptKey(about))}`;
  return { is: 'think', verb, batch: system ?? SYSTEM_PLAN, task, about, reason };
}
