// What happened to a batch between two looks, one line each: the progress view where there is no
// terminal. Pure.
import type { BatchRecord, GroupRecord, TaskRecord } from '../records/status.ts';
import { describe, fraction, renderEta } from './groups.ts';
import { plain } from './paint.ts';

/** A long foreach is told in steps of a tenth. */
const STEPS = 10;

const doneOf = (group: GroupRecord): number =>
  group.complete + group.failed + group.skipped + group.cancelled;

const stepOf = (group: GroupRecord): number =>
  group.total === null || group.total === 0 ? 0 : Math.floor((doneOf(group) * STEPS) / group.total);

export function changes(before: BatchRecord | null, after: BatchRecord): string[] {
  const lines: string[] = [];
  if (before?.state !== after.state) lines.push(`${after.batch} is ${after.state}`);
  for (const group of after.groups) {
    const old = before?.groups.find(({ task }) => task === group.task);
    if (isNews(old, group))
      lines.push(`${group.task}  ${fraction(group)}  ${detail(group, after)}`);
  }
  const known = new Set(before?.problems.map(markOf));
  for (const problem of after.problems.filter((task) => !known.has(markOf(task)))) {
    const log = problem.log === null ? '' : `, log ${problem.log}`;
    lines.push(`${problem.task}  ${become(problem)}, attempt ${problem.attempt}${log}`);
  }
  return lines;
}

function become({ state, reason }: TaskRecord): string {
  if (state === 'failed') return `failed for good: ${reason}`;
  return reason === 'unrated' ? 'waits for its rating' : `will be tried again: ${reason}`;
}

const markOf = ({ task, attempt, state, reason }: TaskRecord): string =>
  `${task}/${attempt}/${state}/${reason}`;

function isNews(old: GroupRecord | undefined, group: GroupRecord): boolean {
  const hasBegun = group.running + group.queued + doneOf(group) > 0;
  const hadBegun = old !== undefined && old.running + old.queued + doneOf(old) > 0;
  if (old === undefined) return hasBegun;
  return hasBegun !== hadBegun || old.result !== group.result || stepOf(old) !== stepOf(group);
}

function detail(group: GroupRecord, batch: BatchRecord): string {
  const text = describe(group, plain);
  return group.foreach && group.result === 'open' && batch.eta_ms !== null
    ? `${text}, ${renderEta(batch)}`
    : text;
}
