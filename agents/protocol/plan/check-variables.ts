// Every variable of a task must be known before anything runs, and stand where a value can be quoted.
import { Fault } from '../fault.ts';
import { partsOf } from './fields.ts';
import { readShell } from './shell.ts';
import type { Span } from './span.ts';
import { didYouMean } from './suggest.ts';
import type { Draft, Report } from './task-fields.ts';
import { BATCH_VARIABLES, ITEM_VARIABLES, usesVariable, variablesOf } from './template.ts';
import type { Variable } from './template.ts';
import type { PlanInput } from './types.ts';
import { positionFault } from './variables.ts';

type Inputs = ReadonlyMap<string, PlanInput>;

/** Fields besides the command in which variables stand, and those of them that are lists. */
const LISTS: ReadonlySet<string> = new Set(['requires', 'produces', 'env', 'inputs']);
const TEXTS = ['prompt', 'prompt_file', 'decide', 'system', 'output_file', 'schema'];
const PLACES = ['foreach', ...TEXTS, ...LISTS];

export function checkVariables(draft: Draft, inputs: Inputs, report: Report): void {
  checkCommand(draft, inputs, report);
  for (const name of PLACES) {
    const field = draft.fields.get(name);
    if (field === undefined || (name === 'schema' && field.form === 'block')) continue;
    const spans = LISTS.has(name) ? partsOf(field) : [field.value];
    for (const span of spans) {
      for (const variable of variablesOf(span.text)) {
        const fault = unknownVariable(variable, draft, name, inputs);
        if (fault !== null) report(at(fault, span, variable));
      }
    }
  }
}

function checkCommand(draft: Draft, inputs: Inputs, report: Report): void {
  const field = draft.fields.get('command');
  if (field === undefined || draft.task.command === '') return;
  const { value } = field;
  const shell = readShell(value.text);
  for (const [index, variable] of variablesOf(value.text).entries()) {
    const position = shell.positions[index]!;
    if (position.kind === 'comment') continue;
    const unknown = unknownVariable(variable, draft, 'command', inputs);
    if (unknown !== null) report(at(unknown, value, variable));
    else if (position.kind === 'refused') {
      report(at(positionFault(position.where, variable), value, variable));
    }
  }
  if (shell.open !== null) {
    const { what, offset } = shell.open;
    report(new Fault('PLAN_COMMAND_OPEN', { what }, value.at(offset)));
  }
}

const at = (fault: Fault, span: Span, variable: Variable): Fault =>
  new Fault(fault.code, fault.details, span.at(variable.offset));

function unknownVariable(
  variable: Variable,
  draft: Draft,
  field: string,
  inputs: Inputs,
): Fault | null {
  const { name, text, fields } = variable;
  if ((ITEM_VARIABLES as readonly string[]).includes(name)) {
    const problem = itemProblem(variable, draft, field);
    return problem === null ? null : new Fault('PLAN_VARIABLE_ITEM', { variable: text, problem });
  }
  const input = inputs.get(name);
  if (input !== undefined) {
    if (fields.length === 0 || input.type === 'json') return null;
    return new Fault('PLAN_VARIABLE_FIELD', { variable: text, name, type: input.type });
  }
  if ((BATCH_VARIABLES as readonly string[]).includes(name) && fields.length === 0) return null;
  const known: string[] = [...BATCH_VARIABLES, ...inputs.keys()];
  if (draft.fields.has('foreach') && field !== 'foreach') known.push('ITEM', 'ITEMS_PATH');
  return new Fault('PLAN_VARIABLE_UNKNOWN', {
    variable: text,
    name: variable.fields.length === 0 ? name : text.slice(1, -1),
    hint: didYouMean(name, known),
    known,
    escaped: `{${text}}`,
  });
}

function itemProblem(variable: Variable, draft: Draft, field: string): string | null {
  const { task, fields } = draft;
  if (!fields.has('foreach')) return 'this task has no `foreach`, so there are no items';
  if (field === 'foreach') return '`foreach` itself is what gives the items';
  if (variable.name === 'ITEMS_PATH') {
    if (field !== 'command') return 'the file of items exists only while the command runs';
    return variable.fields.length === 0 ? null : 'ITEMS_PATH is a path and has no fields';
  }
  if ((task.batch_size ?? 1) === 1 || field === 'requires' || field === 'produces') return null;
  if (field === 'env') return 'the environment is the same for all items of a batch';
  return usesVariable(task.command, 'ITEMS_PATH')
    ? 'a command that reads all items from {ITEMS_PATH} runs once, for no item in particular'
    : null;
}
