// The one parser of plans, for every tool. It is strict and tells everything it finds at once.
// docs/PLAN_FORMAT.md is its reference.
import { Fault, Faults } from '../fault.ts';
import { checkVariables } from './check-variables.ts';
import { inputsOfFrontMatter } from './declare-inputs.ts';
import { isField, readFields } from './fields.ts';
import { readFrontMatter } from './front-matter.ts';
import type { FrontMatter } from './front-matter.ts';
import { readGoal } from './goal.ts';
import { checkCycles, checkDependencies, checkNames } from './graph.ts';
import { listedInputs } from './listed-inputs.ts';
import { parseMarkdown } from './markdown.ts';
import { openOutline, sectionNamed } from './sections.ts';
import type { Section } from './sections.ts';
import { sourceOf } from './span.ts';
import type { Source } from './span.ts';
import { didYouMean } from './suggest.ts';
import { FIELD_NAMES, readTask } from './task-fields.ts';
import type { Draft, Report } from './task-fields.ts';
import type { Plan, PlanInput } from './types.ts';

/** Thousands of tasks; more are a `foreach`. */
const PLAN_CHARS_MAX = 1_048_576;

/** A few milliseconds of checks. */
const DRAFTS_PER_STEP = 200;

const PLANS_KEPT = 8;
const CHARS_KEPT_MAX = 65_536;
/** A plan never changes: an agent, or a brain that reopens a batch, reads the same snapshot again. */
const recent = new Map<string, Read>();

/** Throws Faults with all errors, in the order of the file. `file` is the name they carry. */
export function parsePlan(text: string, file: string): Plan {
  const steps = planInSteps(text, file);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/** The same in steps of a few milliseconds, for whoever must not stand still: a plan of ten thousand tasks takes seconds. */
export function* planInSteps(text: string, file: string): Generator<void, Plan> {
  if (text.length > CHARS_KEPT_MAX) return yield* readAnew(text, file);
  const key = `${file}\n${text}`;
  const known = recent.get(key);
  // As many steps as the first time: what a simulated brain does in between must not depend on what is kept.
  for (let step = 0; step < (known?.steps ?? 0); step++) yield;
  const read = known ?? (yield* countSteps(readAnew(text, file)));
  recent.delete(key);
  recent.set(key, read);
  if (recent.size > PLANS_KEPT) recent.delete(recent.keys().next().value!);
  return read.plan;
}

interface Read {
  readonly plan: Plan;
  readonly steps: number;
}

function* countSteps(reading: Generator<void, Plan>): Generator<void, Read> {
  let steps = 0;
  let step = reading.next();
  for (; step.done !== true; step = reading.next()) {
    steps += 1;
    yield;
  }
  return { plan: step.value, steps };
}

function* readAnew(text: string, file: string): Generator<void, Plan> {
  const faults: Fault[] = [];
  const report: Report = (fault) => void faults.push(fault);
  const plan = yield* readPlan(normalised(text), file, report);
  if (plan === null || faults.length > 0) throw new Faults(inOrder(faults));
  return plan;
}

const normalised = (text: string): string => text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');

/** Every line that may be the heading of the section; in doubt the whole plan is read. */
const INPUTS_HEADING = /^[\s#`*]*inputs[\s#`*]*$/im;

/**
 * The inputs alone, of a plan that was accepted: whoever runs its tasks needs no more of it, and reading the
 * headings of a hundred tasks takes a hundred times as long as the front matter. Throws Faults like parsePlan.
 */
export function parseInputs(text: string, file: string): readonly PlanInput[] {
  const faults: Fault[] = [];
  const report: Report = (fault) => void faults.push(fault);
  const front = readFrontMatter(normalised(text), file, report);
  if (INPUTS_HEADING.test(front.body)) return parsePlan(text, file).inputs;
  const inputs = inputsOfFrontMatter(front, report).map(({ input }) => input);
  if (faults.length > 0) throw new Faults(inOrder(faults));
  return inputs;
}

function* readPlan(text: string, file: string, report: Report): Generator<void, Plan | null> {
  const start = { file, line: 1, column: 1 };
  if (text.trim() === '') {
    report(new Fault('PLAN_EMPTY', {}, start));
    return null;
  }
  if (text.length > PLAN_CHARS_MAX) {
    const details = { size: text.length, limit: PLAN_CHARS_MAX };
    report(new Fault('PLAN_TOO_LARGE', details, { file }));
    return null;
  }
  const front = readFrontMatter(text, file, report);
  const source = sourceOf(front.body, file);
  const drafts: Draft[] = [];
  const outline = openOutline(source, report, ({ name, place, nodes }) => {
    drafts.push(readTask(name, place, readFields(nodes, source), report));
  });
  for (const nodes of parseMarkdown(front.body)) {
    for (const node of nodes) outline.take(node);
    yield;
  }
  outline.end();
  const { sections } = outline;
  checkTasks(sections, drafts, source, report);
  checkNames(drafts, report);
  checkDependencies(drafts, report);
  checkCycles(drafts, report);
  yield;
  const inputs = readInputs(front, sections, source, drafts, report);
  const byName = new Map(inputs.map((input) => [input.name, input]));
  for (const [index, draft] of drafts.entries()) {
    checkVariables(draft, byName, report);
    if (index % DRAFTS_PER_STEP === 0) yield;
  }
  const title = outline.title();
  const goal = sectionNamed(sections, 'goal');
  const named = front.entries['title'];
  return {
    title: title === '' && typeof named === 'string' ? named : title,
    inputs,
    goal: goal && readGoal(readFields(goal.nodes, source), goal.place, drafts, report),
    tasks: drafts.map((draft) => draft.task),
  };
}

/** What is wrong with `## Tasks` as a whole. */
function checkTasks(
  sections: readonly Section[],
  drafts: readonly Draft[],
  source: Source,
  report: Report,
): void {
  const section = sectionNamed(sections, 'tasks');
  if (section === undefined) {
    const near = sections.find(({ name }) => didYouMean(name, ['Tasks']) !== '');
    const hint = near === undefined ? '' : `Did you mean \`## Tasks\` in line ${near.place.line}? `;
    const place = near?.place ?? { file: source.file, line: 1, column: 1 };
    report(new Fault('PLAN_TASKS_MISSING', { hint }, place));
    return;
  }
  for (const each of readFields(section.nodes, source)) {
    if (!isField(each) || !(FIELD_NAMES as string[]).includes(each.name)) continue;
    report(new Fault('PLAN_FIELD_OUTSIDE', { field: each.name }, each.place));
  }
  if (drafts.length === 0) report(new Fault('PLAN_TASKS_EMPTY', {}, section.place));
}

/** What the front matter declares, then what is only listed under `## Inputs`. */
function readInputs(
  front: FrontMatter,
  sections: readonly Section[],
  source: Source,
  drafts: readonly Draft[],
  report: Report,
): PlanInput[] {
  const typed = inputsOfFrontMatter(front, report).map(({ input }) => input);
  const section = sectionNamed(sections, 'inputs');
  if (section === undefined) return typed;
  const names = new Set(typed.map((input) => input.name));
  const listed = listedInputs(section, source, drafts, report);
  return [...typed, ...listed.filter((input) => !names.has(input.name))];
}

function inOrder(faults: readonly Fault[]): Fault[] {
  return faults.toSorted(
    ({ place: a }, { place: b }) =>
      (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0),
  );
}
