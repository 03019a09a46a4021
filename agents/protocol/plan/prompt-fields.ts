// Which fields go together: a task runs a command or sends a prompt, and what shapes a reply needs a prompt.
import { Fault } from '../fault.ts';
import type { Place } from '../fault.ts';
import { TASK_NAME } from '../ids.ts';
import type { TaskClass } from '../words.ts';
import { partsOf } from './fields.ts';
import type { Field } from './fields.ts';

type Fields = ReadonlyMap<string, Field>;
type Report = (fault: Fault) => void;

const WORK = ['command', 'prompt', 'prompt_file', 'decide'] as const;
const OF_PROMPTS = [
  'inputs',
  'system',
  'output_file',
  'schema',
  'max_tokens',
  'temperature',
  'seed',
] as const;

/** Exactly one of a command, a prompt, the file of a prompt and a question to decide. */
export function checkWork(
  name: string,
  place: Place,
  fields: Fields,
  isBroken: boolean,
  report: Report,
): void {
  const [first, second] = [...fields.keys()].filter((key) => WORK.some((work) => work === key));
  // A missing command is no news when the line that should hold it was just refused.
  if (first === undefined && !isBroken) report(new Fault('PLAN_COMMAND_MISSING', { name }, place));
  if (second === undefined) return;
  report(new Fault('PLAN_WORK_TWICE', { name, first: first!, second }, fields.get(second)!.place));
}

interface Values {
  readonly task_class?: TaskClass;
  readonly executor?: string;
  readonly depends_on?: readonly string[];
}

/** Whoever runs beside the brain is not rated by it, and neither is housekeeping. */
export function checkEvaluation(
  name: string,
  fields: Fields,
  { executor, task_class: taskClass }: Values,
  report: Report,
): void {
  const field = fields.get('evaluate');
  const isOwn = executor === 'brain' || taskClass === 'brain';
  if (field === undefined || (!isOwn && taskClass !== 'meta')) return;
  const problem = isOwn ? 'its executor is brain' : 'its task_class is meta';
  report(new Fault('PLAN_EVALUATE', { name, problem }, field.place));
}

export function checkPrompt(name: string, fields: Fields, values: Values, report: Report): void {
  const refuse = (field: string, problem: string): void =>
    report(new Fault('PLAN_PROMPT_FIELD', { name, field, problem }, fields.get(field)!.place));
  checkDecision(fields, refuse);
  const prompt = WORK.find((field) => field !== 'command' && fields.has(field));
  if (prompt === undefined) {
    const lonely = OF_PROMPTS.find((field) => fields.has(field));
    if (lonely !== undefined) refuse(lonely, 'there is no `prompt`, `prompt_file` or `decide`');
    return;
  }
  const { task_class: taskClass = 'llm', executor } = values;
  if (executor === 'brain') refuse(prompt, 'its executor is brain, which has no model');
  else if (taskClass !== 'llm') refuse(prompt, `its task_class is ${taskClass}`);
  if (fields.has('batch_size')) refuse('batch_size', 'a prompt is sent for one item at a time');
  const inputs = fields.get('inputs');
  const stranger = inputs && partsOf(inputs).find(({ text }) => isStranger(text, values));
  if (stranger !== undefined) {
    const problem = `\`${stranger.text}\` is no path, and no task that it depends on`;
    report(new Fault('PLAN_PROMPT_FIELD', { name, field: 'inputs', problem }, stranger.at(0)));
  }
}

/** The reply to a question is one of its options and a reason: no other shape can be asked for. */
function checkDecision(fields: Fields, refuse: (field: string, problem: string) => void): void {
  if (fields.has('decide')) {
    if (!fields.has('options')) refuse('decide', 'there are no `options` to choose from');
    if (fields.has('schema')) refuse('schema', 'a decision is a choice and a reason, always');
  } else if (fields.has('options')) refuse('options', 'there is no question to `decide`');
}

/** A path has a dot, a slash or a variable; a task has none of them, and its result must be there by then. */
const isStranger = (entry: string, { depends_on: dependsOn = [] }: Values): boolean =>
  (TASK_NAME.test(entry) || /^[\w-]+_\{ITEM\.id\}$/.test(entry)) && !dependsOn.includes(entry);
