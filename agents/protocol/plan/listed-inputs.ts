// Inputs listed under `## Inputs`: `- **name**: what it is (default: value)`. They are texts; the front
// matter gives them types. Items that name no variable are prose.
import { Fault } from '../fault.ts';
import { nameProblem } from './declare-inputs.ts';
import { isField, readFields } from './fields.ts';
import type { Section } from './sections.ts';
import type { Source } from './span.ts';
import type { Draft, Report } from './task-fields.ts';
import { VARIABLE_NAME, variablesOf } from './template.ts';
import type { PlanInput } from './types.ts';

export function listedInputs(
  section: Section,
  source: Source,
  drafts: readonly Draft[],
  report: Report,
): PlanInput[] {
  const inputs: PlanInput[] = [];
  const used = new Set(drafts.flatMap(({ task }) => variablesIn(task)));
  for (const field of readFields(section.nodes, source)) {
    if (!isField(field) || !VARIABLE_NAME.test(field.name)) continue;
    const { name, place } = field;
    const isTwice = inputs.some((input) => input.name === name);
    const problem = isTwice ? 'it is listed twice' : nameProblem(name);
    if (problem !== null) report(new Fault('PLAN_INPUT_INVALID', { input: name, problem }, place));
    else inputs.push(listedInput(name, field.value.text, used));
  }
  return inputs;
}

function listedInput(name: string, description: string, used: ReadonlySet<string>): PlanInput {
  const fallback = /\(default:\s*(`[^`]*`|"[^"]*"|[^)]*)\)/i.exec(description)?.[1]?.trim();
  const isOptional = fallback !== undefined || /\(optional\b/i.test(description);
  return {
    name,
    type: 'string',
    ...(fallback === undefined ? {} : { default: fallback.replace(/^([`"])(.*)\1$/s, '$2') }),
    // An old plan may list what its scripts find by themselves: nobody has to give what nothing uses.
    isRequired: !isOptional && used.has(name),
    description,
  };
}

function variablesIn(task: Draft['task']): string[] {
  const { command, foreach = '', requires = [], produces = [], env = {} } = task;
  return [command, foreach, ...requires, ...produces, ...Object.values(env)].flatMap((template) =>
    variablesOf(template).map(({ name }) => name),
  );
}
