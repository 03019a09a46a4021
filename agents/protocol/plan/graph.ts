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
  const places = new Map(
    templates.map(({ task }, index) => [task.name, index] as const).toReversed(),
  );
  for (const { task } of templates) {
    const beginnings = [...task.name.matchAll(/_/g)].flatMap(
      ({ index }) => places.get(task.name.slice(0, index)) ?? [],
    );
    if (beginnings.length === 0) continue;
    const other = templates[Math.min(...beginnings)]!;
    const details = { name: task.name, other: other.task.name, line: lineOf(other) };
    report(new Fault('PLAN_NAME_OVERLAP', details, task.place));
  }
}

export function checkDependencies(drafts: readonly Draft[], report: Report): void {
  const byName = new Map(drafts.map((draft) => [draft.task.name, draft]));
  const describe = openUnknown([...byName.keys()]);
  for (const { task, fields } of drafts) {
    const field = fields.get('depends_on');
    if (field === undefined) continue;
    const wanted = new Set(task.depends_on);
    for (const part of partsOf(field)) {
      if (!wanted.has(part.text)) continue;
      const dependency = parseDependency(part.text);
      const name = dependencyName(dependency);
      const target = byName.get(name);
      if (target === undefined) {
        const details = { name: task.name, dependency: name, ...describe(name, task.name) };
        report(new Fault('PLAN_DEPENDENCY_UNKNOWN', details, part.at(0)));
      } else if (dependency.kind === 'item') {
        const problem = itemProblem(task, target.task);
        const details = { name: task.name, dependency: name, problem: problem ?? '' };
        if (problem !== null) report(new Fault('PLAN_DEPENDENCY_ITEM', details, part.at(0)));
      }
    }
  }
}

/** In a plan of ten thousand tasks that misspells one name each, the whole of each advice would be a gigabyte. */
const KNOWN_MAX = 50;
const HINTS_MAX = 20;

/** What an advice says about a name that no task has: the one that may be meant, and those that there are. */
function openUnknown(names: readonly string[]) {
  let hints = 0;
  return (name: string, asker: string): { readonly hint: string; readonly known: string } => {
    hints += 1;
    const others = (few: readonly string[]): string[] => few.filter((each) => each !== asker);
    const known = others(names.slice(0, KNOWN_MAX + 1)).slice(0, KNOWN_MAX);
    const more = names.length - 1 - known.length;
    return {
      hint: hints > HINTS_MAX ? '' : didYouMean(name, others(names)),
      known: `${known.join(', ') || 'none but this'}${more > 0 ? `, and ${more} more` : ''}`,
    };
  };
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
  const order = new Map<string, number>();
  for (const [index, { task }] of drafts.entries()) {
    if (!order.has(task.name)) order.set(task.name, index);
  }
  const byName = new Map(drafts.map((draft) => [draft.task.name, draft]));
  const targets = (name: string): string[] =>
    byName.get(name)!.task.depends_on.map((text) => dependencyName(parseDependency(text)));
  const done = new Set<string>();
  for (const start of order.keys()) {
    // Depth first without recursion: a chain may be as long as the plan.
    const path: { name: string; rest: Iterator<string> }[] = [];
    const onPath = new Set<string>();
    const enter = (name: string): void => {
      if (done.has(name) || !byName.has(name)) return;
      if (onPath.has(name))
        return reportCycle(
          path.map((step) => step.name),
          name,
        );
      onPath.add(name);
      path.push({ name, rest: targets(name).values() });
    };
    enter(start);
    while (path.length > 0) {
      const step = path.at(-1)!;
      const next = step.rest.next();
      if (next.done !== true) enter(next.value);
      else {
        path.pop();
        onPath.delete(step.name);
        done.add(step.name);
      }
    }
  }

  function reportCycle(path: readonly string[], name: string): void {
    const cycle = path.slice(path.indexOf(name));
    const first = cycle.reduce((a, b) => (order.get(b)! < order.get(a)! ? b : a));
    const at = cycle.indexOf(first);
    const rotated = [...cycle.slice(at), ...cycle.slice(0, at), first];
    const { task, fields } = byName.get(first)!;
    const place = fields.get('depends_on')?.place ?? task.place;
    report(new Fault('PLAN_CYCLE', { path: rotated.join(' → ') }, place));
  }
}
