// `## Goal`: prose, or the fields of a goal that ends the batch as soon as it is reached.
import { Fault } from '../fault.ts';
import type { Place } from '../fault.ts';
import { isField } from './fields.ts';
import type { Field, Stray } from './fields.ts';
import { closestTo, excerpt } from './suggest.ts';
import { reportStray, reportTwice, reportUnknown } from './task-fields.ts';
import type { Draft, Report } from './task-fields.ts';
import type { PlanGoal } from './types.ts';

const NAMES = ['type', 'target', 'tolerance', 'tracked_task', 'max_attempts_multiplier'];
const MULTIPLIER = 3;

/** Undefined when the section is prose: nothing in it even resembles a field of a goal. */
export function readGoal(
  found: readonly (Field | Stray)[],
  place: Place,
  tasks: readonly Draft[],
  report: Report,
): PlanGoal | undefined {
  if (!found.some((each) => each.name !== null && NAMES.includes(each.name))) return undefined;
  const fields = new Map<string, Field>();
  for (const each of found) {
    if (!isField(each)) reportStray(each, NAMES, report);
    else if (!NAMES.includes(each.name)) reportUnknown(each, NAMES, report);
    else if (fields.has(each.name)) reportTwice(each, fields.get(each.name)!, report);
    else fields.set(each.name, each);
  }
  const read = (name: string): string | undefined => fields.get(name)?.value.text;
  const refuse = (name: string, problem: string): undefined => {
    report(new Fault('PLAN_GOAL_INVALID', { problem }, fields.get(name)?.value.at(0) ?? place));
  };
  const number = (
    name: string,
    fallback: number | undefined,
    pattern: RegExp,
    what: string,
  ): number => {
    const text = read(name);
    if (text === undefined && fallback !== undefined) return fallback;
    if (text !== undefined && pattern.test(text)) return Number(text);
    refuse(name, `\`${name}\` is ${what}, found ${excerpt(text ?? '')}`);
    return Number.NaN;
  };
  if (read('type') !== 'target_count') {
    refuse('type', `\`type\` is target_count, found ${excerpt(read('type') ?? '')}`);
  }
  const target = number('target', undefined, /^[1-9]\d{0,8}$/, 'a whole number from 1');
  const tolerance = number('tolerance', 0, /^\d{1,9}$/, 'a whole number from 0');
  const maxAttemptsMultiplier = number(
    'max_attempts_multiplier',
    MULTIPLIER,
    /^[1-9]\d{0,5}(\.\d+)?$/,
    'a number from 1',
  );
  if (tolerance >= target) {
    refuse('tolerance', `\`tolerance\` is below the target ${target}, found ${tolerance}`);
  }
  const trackedTask = read('tracked_task') ?? '';
  const problem = trackedProblem(trackedTask, target, tasks);
  if (problem !== null) refuse('tracked_task', problem);
  return { target, tolerance, trackedTask, maxAttemptsMultiplier };
}

function trackedProblem(name: string, target: number, tasks: readonly Draft[]): string | null {
  if (name === '') return '`tracked_task` is missing';
  const known = tasks.map((draft) => draft.task.name);
  const tracked = tasks.find((draft) => draft.task.name === name)?.task;
  if (tracked === undefined) {
    const closest = closestTo(name, known);
    const hint = closest === null ? '' : `; did you mean \`${closest}\`?`;
    return `\`tracked_task\` names \`${name}\`, which is no task of this plan${hint}`;
  }
  return tracked.foreach === undefined && target > 1
    ? `the tracked task \`${name}\` has no \`foreach\`: it cannot be done ${target} times`
    : null;
}
