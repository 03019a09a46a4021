// What happens to the tasks of one batch besides their release: cancel, skip, correction of
// definitions, expansion, closing.
import { inferDefinition } from '../protocol/plan/infer.ts';
import { decideEnd } from './decide-diagnoses.ts';
import { decideRatings } from './decide-ratings.ts';
import { decideRetries } from './decide-retries.ts';
import type { Decision } from './decisions.ts';
import { decideSystem } from './decide-system.ts';
import { disown } from './disown.ts';
import { settle, settleEntry } from './fate.ts';
import type { Fate } from './fate.ts';
import type { Entry, Group, OpenBatch, World } from './model.ts';
import type { Policy } from './policy.ts';
import { isSystem } from './system-name.ts';
import { isGoalReached, isGoalSpent, isItemLost } from './progress.ts';
import { isActive, isOver, resultOf } from './standing.ts';
import { undecidedOf } from './touch.ts';

export function decideBatch(
  world: World,
  open: OpenBatch,
  policy: Policy,
  nowMs: number,
): Decision[] {
  if (isSystem(open)) return decideSystem(world, open, policy, nowMs);
  const decisions: Decision[] = [];
  for (const group of undecidedOf(open)) {
    const own = group.task.builtin === undefined ? decideGroup(open, group, policy) : [];
    // As long as something follows it is decided again: what was decided may fail to come to pass.
    if (own.length === 0) open.undecided.delete(group);
    decisions.push(...own);
  }
  decisions.push(
    ...recalls(open),
    ...cancelSingles(open),
    ...decideRetries(world, open, policy, nowMs),
    ...decideRatings(world, open, policy),
  );
  if (isOver(open)) decisions.push(...decideEnd(world, open, policy, nowMs));
  return decisions.filter(isFirstEnd());
}

/** Follows from the group, from those that it depends on, and from what `judge` watches: anything else has to touch it. */
function decideGroup(open: OpenBatch, group: Group, policy: Policy): Decision[] {
  const fate = fateOf(open, group);
  const decisions =
    fate === null
      ? [
          ...define(open, group),
          ...disown(open, group, policy),
          ...expand(open, group),
          ...skipItems(open, group),
        ]
      : settle(open, group, fate);
  return [...decisions, ...close(open, group)];
}

/** A task ends once, whatever reasons there are, and is not tried again in the same turn. */
function isFirstEnd(): (decision: Decision) => boolean {
  const ended = new Set<string>();
  return (decision) => {
    const { is } = decision;
    const isEnd = is === 'skip' || is === 'cancel' || is === 'fail';
    if (!isEnd && is !== 'retry' && is !== 'revive') return true;
    if (ended.has(decision.task)) return false;
    if (isEnd) ended.add(decision.task);
    return true;
  };
}

/** Why the waiting tasks of a group will never run, if so. */
function fateOf(open: OpenBatch, group: Group): Fate | null {
  if (open.control.isCancelled) {
    return { is: 'cancel', as: 'cancelled', reason: 'the batch was cancelled' };
  }
  if (open.control.cancelled.has(group.name)) {
    return { is: 'cancel', as: 'cancelled', reason: `${group.name} was cancelled` };
  }
  const { goal } = open;
  if (goal !== null && goal.forgiven.has(group.name)) {
    if (isGoalReached(open)) {
      const reason = `the goal is reached: ${goal.accepted} of ${goal.target} ${goal.tracked} accepted`;
      return { is: 'cancel', as: 'cancelled', reason };
    }
    if (group.name === goal.tracked && isGoalSpent(open) && !mayYetEnd(group)) {
      const reason = `${goal.released} ${goal.tracked} tasks were tried, the most this goal allows`;
      return { is: 'cancel', as: 'cancelled', reason };
    }
  }
  const failed = [...group.wholeDeps, ...group.itemDeps.filter((name) => !hasEntries(open, name))]
    .map((name) => ({ name, result: resultOf(open, open.groups.get(name)!) }))
    .find(({ result }) => result !== 'open' && result !== 'complete');
  if (failed === undefined) return null;
  return { is: 'skip', as: 'skipped', reason: `${failed.name} ended ${failed.result}` };
}

/** Whether something that was released once is out, or will be again. */
const mayYetEnd = ({ tally, entries }: Group): boolean =>
  isActive(tally) ||
  (entries ?? []).some(({ state, counts }) => state.is === 'waiting' && counts.attempt > 0);

const hasEntries = (open: OpenBatch, name: string): boolean =>
  (open.groups.get(name)?.entries?.length ?? 0) > 0;

/** A task without a class: corrected when a rule can tell, failed for good otherwise. */
function define(open: OpenBatch, group: Group): Decision[] {
  const [entry] = group.entries ?? [];
  const isWaiting = group.isForeach ? group.template === 'private' : entry?.state.is === 'waiting';
  if (group.task.task_class !== undefined || !isWaiting) return [];
  const inferred = inferDefinition(group.task);
  const common = { batch: open.batch.id, task: group.name };
  if (inferred !== null) return [{ ...common, is: 'fix', reason: inferred.fix }];
  const reason = 'it has no task_class, and nothing in its definition tells which';
  if (group.isForeach) return [{ ...common, is: 'close', as: 'definition', reason }];
  const { counts } = entry!;
  return [{ ...common, is: 'fail', as: 'definition', from: 'private', counts, reason }];
}

function expand(open: OpenBatch, group: Group): Decision[] {
  if (!group.isForeach || group.entries !== undefined || group.template !== 'private') return [];
  if (open.control.isPaused || group.task.task_class === undefined) return [];
  const isReady = group.wholeDeps.every(
    (name) => resultOf(open, open.groups.get(name)!) === 'complete',
  );
  const parentsExpanded = group.itemDeps.every(
    (name) => open.groups.get(name)!.entries !== undefined,
  );
  if (!isReady || !parentsExpanded) return [];
  const { problem } = group;
  if (problem !== null) {
    return [
      {
        is: 'close',
        batch: open.batch.id,
        task: group.name,
        as: 'definition',
        reason: problem,
      },
    ];
  }
  const reason = `its manifest ${group.task.foreach ?? ''} can be read`;
  return [{ is: 'expand', batch: open.batch.id, task: group.name, reason }];
}

/** Children whose own item failed upstream, or will never run there. */
function skipItems(open: OpenBatch, group: Group): Decision[] {
  const fate: Fate = { is: 'skip', as: 'skipped', reason: 'its item failed upstream' };
  const lost = [...group.toSkip].filter((entry) => isItemLost(open, group, entry));
  return [...lost, ...abandoned(open, group)]
    .map((entry) => settleEntry(open, entry, fate))
    .filter((decision) => decision !== null);
}

/** A child without a file ends with its template, and with it what follows that child. */
function abandoned(open: OpenBatch, group: Group): Entry[] {
  const closed = group.itemDeps
    .map((name) => open.groups.get(name)!)
    .filter(({ template, tally }) => template === 'closed' && tally.waiting > 0);
  if (closed.length === 0 || group.tally.waiting === 0) return [];
  return (group.entries ?? []).filter(
    (entry) =>
      entry.state.is === 'waiting' &&
      closed.some(({ name }) => {
        const twin = `${name}${entry.id.slice(group.name.length)}`;
        return open.byTask.get(twin)?.entry.state.is === 'waiting';
      }),
  );
}

/** Single tasks and children that an operator cancelled by name. */
function cancelSingles(open: OpenBatch): Decision[] {
  const decisions: Decision[] = [];
  for (const name of open.control.cancelled) {
    const located = open.byTask.get(name);
    if (located === undefined || !located.group.isForeach) continue;
    const fate: Fate = { is: 'cancel', as: 'cancelled', reason: `${name} was cancelled` };
    const decision = settleEntry(open, located.entry, fate);
    if (decision !== null) decisions.push(decision);
  }
  return decisions;
}

/** A paused batch takes back what nobody has claimed; what runs goes on. */
function recalls(open: OpenBatch): Decision[] {
  if (!open.control.isPaused || open.control.isCancelled) return [];
  return [...open.outstanding.values()].flatMap(({ entry }): Decision[] => {
    if (entry.state.is !== 'queued') return [];
    const { name: from } = entry.state;
    const reason = 'the batch is paused';
    return [{ is: 'recall', batch: open.batch.id, task: entry.id, from, reason }];
  });
}

/** Closes a template when nothing of it can run any more. */
function close(open: OpenBatch, group: Group): Decision[] {
  if (!group.isForeach || group.template !== 'private' || isActive(group.tally)) return [];
  const common = { is: 'close', batch: open.batch.id, task: group.name } as const;
  const { waiting, failed, skipped, cancelled, complete } = group.tally;
  if (waiting > 0 || group.entries === undefined) {
    // Children without a file end with their template; the others have to move first.
    const fate = fateOf(open, group);
    const hasFiles = group.entries?.some((entry) => entry.state.is === 'waiting' && entry.hasFile);
    if (fate === null || hasFiles === true) return [];
    const as = isForgiven(open, group) ? null : fate.as;
    return [{ ...common, as, reason: fate.reason }];
  }
  if (failed + skipped + cancelled === 0 || isForgiven(open, group)) {
    return [{ ...common, as: null, reason: `${complete} of ${complete} children are complete` }];
  }
  const reason = `${failed} failed, ${skipped} skipped, ${cancelled} cancelled of ${group.entries.length} children`;
  return [{ ...common, as: failed + skipped > 0 ? 'children_failed' : 'cancelled', reason }];
}

const isForgiven = ({ goal }: OpenBatch, group: Group): boolean =>
  goal !== null && goal.forgiven.has(group.name) && goal.accepted >= goal.target - goal.tolerance;
