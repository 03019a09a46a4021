// From a plan snapshot to the model of a batch that has not started. Pure.
import type { Batch } from '../protocol/batch.ts';
import { NO_CONTROL } from '../protocol/command.ts';
import { parseDependency } from '../protocol/plan/dependencies.ts';
import type { Plan, PlanTask } from '../protocol/plan/types.ts';
import { emptyTally } from './model.ts';
import type { Goal, Group, OpenBatch } from './model.ts';
import { addEntries } from './progress.ts';
import { summaryTask } from './task-files.ts';

function groupOf(task: PlanTask): Group {
  const dependencies = task.depends_on.map(parseDependency);
  return {
    name: task.name,
    task,
    isForeach: task.foreach !== undefined,
    wholeDeps: dependencies.filter((d) => d.kind === 'task').map((d) => d.name),
    itemDeps: dependencies.filter((d) => d.kind === 'item').map((d) => d.template),
    fixes: [],
    entries: undefined,
    template: task.foreach === undefined ? null : 'private',
    templateReason: null,
    tally: emptyTally(),
    cursor: 0,
    ready: new Set(),
    toSkip: new Set(),
    missingSinceMs: null,
    problem: null,
    durationMsSum: 0,
    durationCount: 0,
  };
}

function upstreamOf(
  groups: ReadonlyMap<string, Group>,
  name: string,
  seen: Set<string>,
): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  const group = groups.get(name)!;
  for (const next of [...group.wholeDeps, ...group.itemDeps]) upstreamOf(groups, next, seen);
  return seen;
}

function goalOf(plan: Plan, groups: ReadonlyMap<string, Group>): Goal | null {
  if (plan.goal === undefined) return null;
  const { trackedTask: tracked, target, tolerance, maxAttemptsMultiplier } = plan.goal;
  const releasedMax = Math.ceil(target * maxAttemptsMultiplier);
  const forgiven = upstreamOf(groups, tracked, new Set());
  return { tracked, target, tolerance, releasedMax, forgiven, accepted: 0, released: 0 };
}

export function openBatch(
  batch: Batch,
  plan: Plan,
  inputs: Readonly<Record<string, unknown>>,
  openedMs: number,
  isFromStart: boolean,
): OpenBatch {
  const names = plan.tasks.map((task) => task.name);
  const tasks = [...plan.tasks, summaryTask(batch.plan, names)];
  const groups = new Map(tasks.map((task) => [task.name, groupOf(task)]));
  const open: OpenBatch = {
    batch,
    plan,
    inputs,
    groups,
    byTask: new Map(),
    outstanding: new Map(),
    retrying: new Map(),
    goal: goalOf(plan, groups),
    control: NO_CONTROL,
    openedMs,
    isFromStart,
    attempts: 0,
    isSummarised: false,
  };
  for (const group of groups.values()) {
    if (!group.isForeach) addEntries(open, group, [{ id: group.name }]);
  }
  return open;
}
