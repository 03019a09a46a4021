// From names in lanes to counts per heading. Pure.
//
// Lanes are read in the order in which tasks move, so a task that moves meanwhile is seen at least
// once; when it is seen twice, the later lane is right.
import type { FailedReason } from '../../protocol/words.ts';
import { TASK_STATES } from './model.ts';
import type { GroupPicture, Heading, StateCounts, TaskPicture, TaskState } from './model.ts';

/** A child belongs to the longest template whose name and `_` begin its id, unless a record says otherwise. */
export function headingOf(
  id: string,
  headings: ReadonlyMap<string, Heading>,
  recorded: ReadonlyMap<string, string>,
): string {
  const known = recorded.get(id);
  if (known !== undefined || headings.has(id)) return known ?? id;
  for (let end = id.lastIndexOf('_'); end > 0; end = id.lastIndexOf('_', end - 1)) {
    const name = id.slice(0, end);
    if (headings.get(name)?.isForeach === true) return name;
  }
  return id;
}

/** Whether two templates could both claim a child by its name: then the group records decide. */
export function isAmbiguous(headings: readonly Heading[]): boolean {
  const templates = headings.filter(({ isForeach }) => isForeach).map(({ task }) => task);
  return templates.some((one) =>
    headings.some(({ task }) => task !== one && task.startsWith(`${one}_`)),
  );
}

export const stateOfReason = (reason: FailedReason): TaskState =>
  reason === 'skipped' || reason === 'cancelled' ? reason : 'failed';

const emptyCounts = (): Record<TaskState, number> => ({
  waiting: 0,
  queued: 0,
  running: 0,
  retrying: 0,
  complete: 0,
  failed: 0,
  skipped: 0,
  cancelled: 0,
});

export interface GroupFacts {
  readonly total: number | null;
  readonly durationMsMean: number | null;
}

/** `tasks` holds each id once; templates are among them under their own name. */
export function countGroups(
  headings: readonly Heading[],
  tasks: readonly TaskPicture[],
  facts: ReadonlyMap<string, GroupFacts>,
): GroupPicture[] {
  const counts = new Map(headings.map(({ task }) => [task, emptyCounts()]));
  const templates = new Map<string, TaskPicture>();
  const byName = new Map(headings.map((heading) => [heading.task, heading]));
  for (const task of tasks) {
    if (byName.get(task.id)?.isForeach === true) templates.set(task.id, task);
    else counts.get(task.heading)![task.state] += 1;
  }
  return headings.map((heading) => {
    const own = counts.get(heading.task)!;
    const { total = null, durationMsMean = null } = facts.get(heading.task) ?? {};
    if (!heading.isForeach) {
      return { ...heading, total: 1, counts: own, result: resultOf(own, 1), durationMsMean };
    }
    const template = templates.get(heading.task);
    const all = fillUp(own, total, template);
    const isClosed = template !== undefined && template.state !== 'waiting';
    const result = isClosed ? closedResult(template) : 'open';
    return {
      ...heading,
      total: totalOf(all, total, isClosed),
      counts: all,
      result,
      durationMsMean,
    };
  });
}

/** Children without a file: they wait, or they ended together with their template. */
function fillUp(
  seen: StateCounts,
  total: number | null,
  template: TaskPicture | undefined,
): StateCounts {
  const missing = Math.max(0, (total ?? 0) - sumOf(seen));
  const { state = 'waiting', reason } = template ?? {};
  if (state === 'waiting') return { ...seen, waiting: seen.waiting + missing };
  if (reason === undefined || reason === 'children_failed') return seen;
  return { ...seen, [state]: seen[state] + missing };
}

export const sumOf = (counts: StateCounts): number =>
  TASK_STATES.reduce((sum, state) => sum + counts[state], 0);

/** A closed template without a total had no children, or never came to have any. */
const totalOf = (counts: StateCounts, total: number | null, isClosed: boolean): number | null =>
  total === null && !isClosed && sumOf(counts) === 0 ? null : Math.max(total ?? 0, sumOf(counts));

function closedResult(template: TaskPicture): GroupPicture['result'] {
  const { state } = template;
  return state === 'complete' || state === 'skipped' || state === 'cancelled' ? state : 'failed';
}

function resultOf(counts: StateCounts, total: number): GroupPicture['result'] {
  for (const state of ['failed', 'skipped', 'cancelled'] as const) {
    if (counts[state] > 0) return state;
  }
  return counts.complete === total ? 'complete' : 'open';
}

/** Headings plus whatever a lane holds that no heading explains, so that nothing is left out. */
export function withStrangers(
  headings: readonly Heading[],
  tasks: readonly TaskPicture[],
): Heading[] {
  const known = new Set(headings.map(({ task }) => task));
  const strangers = new Set(tasks.map(({ heading }) => heading).filter((task) => !known.has(task)));
  return [
    ...headings,
    ...[...strangers].map((task) => ({ task, isForeach: false, dependsOn: [] })),
  ];
}
