// What only the whole plan shows: double names, dependencies that lead nowhere, cycles.
import { Fault } from '../fault.ts';
import { BRAIN_AGENT, SUMMARY_TASK, TASK_NAME } from '../ids.ts';
import { dependencyName, parseDependency } from './dependencies.ts';
import { partsOf } from './fields.ts';
import { didYouMean } from './suggest.ts';
import type { Draft, Report } from './task-fields.ts';

export function checkNames(drafts: readonly Draft[], report: Report): void {
  const seen = new Map<string, Draft>();
  for (const draft of drafts) {
    const { name, place } = draft.task;
    const first = seen.get(name);
    if (name === SUMMARY_TASK || name === BRAIN_AGENT) {
      report(new Fault('PLAN_NAME_RESERVED', { name }, place));
    } else if (!TASK_NAME.test(name)) report(new Fault('PLAN_NAME_INVALID', { name }, place));
    else if (first !== undefined) {
      report(new Fault('PLAN_NAME_TWICE', { name, line: lineOf(first) }, place));
    }
    if (first === undefined) seen.set(name, draft);
  }
  checkOverlaps(drafts, report);
}

const lineOf = (draft: Draft): number => draft.task.place.line ?? 1;

/** A child of `a` with the item `b_1` is named like a child of `a_b` with the item `1`. */
function checkOverlaps(drafts: readonly Draft[], report: Report): void {
  const templates = drafts.filter((draft) => draft.task.foreach !== undefined);
  for (const { task } of templates) {
    const other = templates.find((each) => task.name.startsWith(`${each.task.name}_`));
    if (other === undefined) continue;
    const details = { name: task.name, other: other.task.name, line: lineOf(other) };
    report(new Fault('PLAN_NAME_OVERLAP', details, task.place));
  }
}

export function checkDependencies(drafts: readonly Draft[], report: Report): void {
  const byName = new Map(drafts.map((draft) => [draft.task.name, draft]));
  for (const { task, fields } of drafts) {
    const field = fields.get('depends_on');
    if (field === undefined) continue;
    for (const part of partsOf(field)) {
      if (!task.depends_on.includes(part.text)) continue;
      const dependency = parseDependency(part.text);
      const name = dependencyName(dependency);
      const target = byName.get(name);
      if (target === undefined) {
        const others = [...byName.keys()].filter((each) => each !== task.name);
        const known = others.join(', ') || 'none but this';
        const details = {
          name: task.name,
          dependency: name,
          hint: didYouMean(name, others),
          known,
        };
        report(new Fault('PLAN_DEPENDENCY_UNKNOWN', details, part.at(0)));
      } else if (dependency.kind === 'item') {
        const problem = itemProblem(task, target.task);
        const details = { name: task.name, dependency: name, problem: problem ?? '' };
        if (problem !== null) report(new Fault('PLAN_DEPENDENCY_ITEM', details, part.at(0)));
      }
    }
  }
}

type Task = Draft['task'];

/** Children pair up only when both sides are expanded from the same items, one by one. */
function itemProblem(task: Task, target: Task): string | null {
  if (task.foreach === undefined) return `\`${task.name}\` has no \`foreach\``;
  if (target.foreach === undefined) return `\`${target.name}\` has no \`foreach\``;
  if (task.foreach !== target.foreach) {
    return `their manifests differ: \`${task.foreach}\` and \`${target.foreach}\``;
  }
  const batched = [task, target].find((each) => (each.batch_size ?? 1) > 1);
  return batched === undefined ? null : `\`${batched.name}\` has a batch_size`;
}

/** Reports each cycle once, at the `depends_on` of its first task in the plan. */
export function checkCycles(drafts: readonly Draft[], report: Report): void {
  const order = drafts.map((draft) => draft.task.name);
  const byName = new Map(drafts.map((draft) => [draft.task.name, draft]));
  const targets = (name: string): string[] =>
    byName.get(name)!.task.depends_on.map((text) => dependencyName(parseDependency(text)));
  const done = new Set<string>();
  for (const start of order) {
    // Depth first without recursion: a chain may be as long as the plan.
    const path: { name: string; rest: string[] }[] = [];
    const onPath = new Set<string>();
    const enter = (name: string): void => {
      if (done.has(name) || !byName.has(name)) return;
      if (onPath.has(name))
        return reportCycle(
          path.map((step) => step.name),
          name,
        );
      onPath.add(name);
      path.push({ name, rest: targets(name) });
    };
    enter(start);
    while (path.length > 0) {
      const step = path.at(-1)!;
      const next = step.rest.shift();
      if (next !== undefined) enter(next);
      else {
        path.pop();
        onPath.delete(step.name);
        done.add(step.name);
      }
    }
  }

  function reportCycle(path: readonly string[], name: string): void {
    const cycle = path.slice(path.indexOf(name));
    const first = cycle.reduce((a, b) => (order.indexOf(b) < order.indexOf(a) ? b : a));
    const at = cycle.indexOf(first);
    const rotated = [...cycle.slice(at), ...cycle.slice(0, at), first];
    const { task, fields } = byName.get(first)!;
    const place = fields.get('depends_on')?.place ?? task.place;
    report(new Fault('PLAN_CYCLE', { path: rotated.join(' → ') }, place));
  }
}
