// From a plan snapshot to the model of a batch that has not started. Pure.
import type { Batch } from '../protocol/batch.ts';
import { NO_CONTROL } from '../protocol/command.ts';
import { parseDependency } from '../protocol/plan/dependencies.ts';
import type { Plan, PlanTask } from '../protocol/plan/types.ts';
import { emptyTally } from './model.ts';
import type { Goal, Group, OpenBatch } from './model.ts';
import { addEntries } from './progress.ts';
import { upstreamOf } from './relatives.ts';
import { summaryTask } from './task-files.ts';

function groupOf(task: PlanTask, index: number): Group {
  const dependencies = task.depends_on.map(parseDependency);
  return {
    name: task.name,
    index,
    task,
    isForeach: task.foreach !== undefined,
    wholeDeps: dependencies.filter((d) => d.kind === 'task').map((d) => d.name),
    itemDeps: dependencies.filter((d) => d.kind === 'item').map((d) => d.template),
    dependants: [],
    itemDependants: [],
    result: 'open',
    openDeps: 0,
    pool: null,
    pooled: 0,
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
    picture: null,
  };
}

/** Notes at each group who waits for it. */
function joinUp(groups: ReadonlyMap<string, Group>): void {
  for (const group of groups.values()) {
    group.openDeps = group.wholeDeps.length;
    for (const name of group.wholeDeps) groups.get(name)!.dependants.push(group);
    for (const name of group.itemDeps) groups.get(name)!.itemDependants.push(group);
  }
}

/** What a task outside follows item by item has to run for that task, whatever the goal says. */
function dropNeeded(
  groups: ReadonlyMap<string, Group>,
  forgiven: Set<string>,
  tracked: string,
): boolean {
  const outside = [...groups.values()].filter(({ name }) => !forgiven.has(name));
  const needed = new Set(outside.flatMap(({ itemDeps }) => itemDeps));
  const found = [...forgiven].filter((name) => name !== tracked && needed.has(name));
  for (const name of found) forgiven.delete(name);
  return found.length > 0;
}

function goalOf(plan: Plan, groups: ReadonlyMap<string, Group>): Goal | null {
  if (plan.goal === undefined) return null;
  const { trackedTask: tracked, target, tolerance, maxAttemptsMultiplier } = plan.goal;
  const releasedMax = Math.ceil(target * maxAttemptsMultiplier);
  const forgiven = upstreamOf(groups, tracked);
  while (dropNeeded(groups, forgiven, tracked));
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
  const order = tasks.map(groupOf);
  const groups = new Map(order.map((group) => [group.name, group]));
  joinUp(groups);
  const open: OpenBatch = {
    batch,
    plan,
    inputs,
    groups,
    order,
    openAt: 0,
    undecided: new Set(),
    unpooled: new Set(),
    pools: new Map(),
    pooledWithout: '',
    judgedBy: null,
    byTask: new Map(),
    outstanding: new Map(),
    retrying: new Map(),
    goal: goalOf(plan, groups),
    control: NO_CONTROL,
    openedMs,
    isFromStart,
    diagnosingSinceMs: null,
    attempts: 0,
    isSummarised: false,
  };
  for (const group of groups.values()) {
    if (!group.isForeach) addEntries(open, group, [{ id: group.name }]);
  }
  return open;
}
