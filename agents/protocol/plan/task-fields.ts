// From the fields of one `### name` to a PlanTask. Everything wrong with them is reported here, except
// what takes more than this task to see (graph.ts, check-variables.ts).
import { Fault } from '../fault.ts';
import type { Place } from '../fault.ts';
import { LLM_PLACEMENTS, VRAM_POLICIES } from '../task.ts';
import { TASK_CLASSES } from '../words.ts';
import type { TaskClass } from '../words.ts';
import * as take from './field-values.ts';
import { isField } from './fields.ts';
import type { Field, Stray } from './fields.ts';
import { checkEvaluation, checkPrompt, checkWork } from './prompt-fields.ts';
import { closestTo, didYouMean, excerpt } from './suggest.ts';
import type { PlanTask } from './types.ts';

const PARSERS = {
  executor: take.oneOf(['worker', 'brain'] as const),
  task_class: take.oneOf(TASK_CLASSES),
  command: take.command,
  depends_on: take.names,
  foreach: take.foreach,
  batch_size: take.wholeNumber(1, 1_000_000),
  vram_policy: take.oneOf(VRAM_POLICIES),
  vram_estimate_mb: take.wholeNumber(0, 9_999_999),
  llm_model: take.text('the name of a model'),
  llm_min_tier: take.wholeNumber(0, 1000),
  llm_placement: take.oneOf(LLM_PLACEMENTS),
  prompt: take.prose('the whole prompt in one line, one code span or one fenced block'),
  prompt_file: take.text('the path of a file'),
  decide: take.prose('the whole question in one line, one code span or one fenced block'),
  options: take.options,
  inputs: take.paths,
  system: take.prose('the whole text in one line, one code span or one fenced block'),
  output_file: take.text('the path of a file'),
  schema: take.schema,
  max_tokens: take.wholeNumber(1, 10_000_000),
  temperature: take.fraction(0, 2),
  seed: take.wholeNumber(0, 999_999_999),
  evaluate: take.flag,
  timeout: take.duration,
  retries: take.wholeNumber(0, 1000),
  priority: take.priority,
  requires: take.paths,
  produces: take.paths,
  env: take.env,
} satisfies Record<string, take.FieldParser<unknown>>;

type FieldName = keyof typeof PARSERS;
type Values = {
  [K in FieldName]?: Extract<ReturnType<(typeof PARSERS)[K]>, { value: unknown }>['value'];
};

export const FIELD_NAMES = Object.keys(PARSERS) as FieldName[];

/** A task with its fields as written, so that later checks can point into them. */
export interface Draft {
  readonly task: PlanTask;
  readonly fields: ReadonlyMap<string, Field>;
}

export type Report = (fault: Fault) => void;

export function readTask(
  name: string,
  place: Place,
  found: readonly (Field | Stray)[],
  report: Report,
): Draft {
  const fields = new Map<string, Field>();
  let isBroken = false;
  const refuse: Report = (fault) => {
    isBroken = true;
    report(fault);
  };
  for (const each of found) {
    if (!isField(each)) reportStray(each, FIELD_NAMES, refuse);
    else if (!Object.hasOwn(PARSERS, each.name)) reportUnknown(each, FIELD_NAMES, refuse);
    else if (fields.has(each.name)) reportTwice(each, fields.get(each.name)!, report);
    else fields.set(each.name, each);
  }
  const values = parseFields(fields, report);
  checkWork(name, place, fields, isBroken, report);
  const batchSize = fields.get('batch_size');
  if (batchSize !== undefined && !fields.has('foreach')) {
    report(new Fault('PLAN_BATCH_SIZE_ALONE', { name }, batchSize.place));
  }
  checkPrompt(name, fields, values, report);
  checkEvaluation(name, fields, values, report);
  return { task: taskOf(name, place, values, fields, report), fields };
}

export function reportStray(stray: Stray, known: readonly string[], report: Report): void {
  const meant = stray.name === null ? null : closestTo(stray.name, known);
  if (meant !== null) {
    report(new Fault('PLAN_FIELD_UNBOLDED', { field: meant }, stray.place));
  } else if (stray.isItem) {
    report(new Fault('PLAN_FIELD_SHAPE', { found: excerpt(stray.text) }, stray.place));
  }
}

export function reportUnknown(field: Field, known: readonly string[], report: Report): void {
  const { name, place } = field;
  const details = { field: name, hint: didYouMean(name, known), known };
  report(new Fault('PLAN_FIELD_UNKNOWN', details, place));
}

export function reportTwice(field: Field, first: Field, report: Report): void {
  const details = { field: field.name, line: first.place.line ?? 1 };
  report(new Fault('PLAN_FIELD_TWICE', details, field.place));
}

export function reportValue(field: Field, problem: take.Unexpected, report: Report): void {
  const { expected } = problem;
  const found = excerpt(problem.found ?? (field.form === 'list' ? 'a list' : field.value.text));
  const place = problem.place ?? (field.value.text === '' ? field.place : field.value.at(0));
  report(new Fault('PLAN_FIELD_VALUE', { field: field.name, expected, found }, place));
}

function parseFields(fields: ReadonlyMap<string, Field>, report: Report): Values {
  const values: Record<string, unknown> = {};
  for (const [name, field] of fields) {
    const parsed = PARSERS[name as FieldName](field);
    if (take.isUnexpected(parsed)) reportValue(field, parsed, report);
    else values[name] = parsed.value;
  }
  return values;
}

function taskOf(
  name: string,
  place: Place,
  values: Values,
  fields: ReadonlyMap<string, Field>,
  report: Report,
): PlanTask {
  const { executor, task_class, timeout, priority, command, depends_on, ...others } = values;
  if (executor === 'worker' && task_class === 'brain') {
    const expected = 'cpu, script, llm or meta, because the executor is worker';
    reportValue(fields.get('task_class')!, { expected }, report);
  }
  const runs = executor ?? (task_class === 'brain' ? 'brain' : 'worker');
  const taskClass = classOf(runs, task_class);
  return {
    name,
    place,
    executor: runs,
    ...(taskClass === undefined ? {} : { task_class: taskClass }),
    command: command ?? '',
    depends_on: depends_on ?? [],
    priority,
    ...(timeout === undefined ? {} : { timeout_s: timeout }),
    ...others,
    ...(fields.has('llm_model') ? { modelPlace: fields.get('llm_model')!.value.at(0) } : {}),
  };
}

/**
 * Undefined is a definition error, which the brain corrects (infer.ts): no class at all, or a class
 * that the executor `brain` does not have.
 */
function classOf(
  executor: 'brain' | 'worker',
  written: TaskClass | undefined,
): TaskClass | undefined {
  if (executor === 'worker') return written;
  return written === undefined || written === 'brain' ? 'brain' : undefined;
}
