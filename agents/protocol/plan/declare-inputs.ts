// Inputs that a plan declares: typed in the front matter, or listed under `## Inputs`.
import { Fault } from '../fault.ts';
import type { Place } from '../fault.ts';
import type { FrontMatter } from './front-matter.ts';
import { INPUT_TYPES, checkInput, typeOfValue } from './input-values.ts';
import { closestTo, excerpt } from './suggest.ts';
import { BATCH_VARIABLES, ITEM_VARIABLES, VARIABLE_NAME } from './template.ts';
import type { PlanInput } from './types.ts';

const KEYS = ['type', 'default', 'required', 'enum', 'description'];
const RESERVED: ReadonlySet<string> = new Set([...BATCH_VARIABLES, ...ITEM_VARIABLES]);

type Refuse = (problem: string) => void;

/** The problem with an input's name; null when it is a good one. */
export function nameProblem(name: string): string | null {
  if (RESERVED.has(name)) return 'tutti itself gives a variable of this name';
  return VARIABLE_NAME.test(name) ? null : 'its name is not made of letters, digits and `_`';
}

export function inputsOfFrontMatter(
  front: FrontMatter,
  report: (fault: Fault) => void,
): { readonly input: PlanInput; readonly place: Place }[] {
  const declared = front.entries['inputs'] ?? {};
  if (typeof declared !== 'object' || Array.isArray(declared)) {
    const problem = '`inputs` is not a list of `name: …` lines';
    report(new Fault('PLAN_FRONT_MATTER', { problem }, front.place(['inputs'])));
    return [];
  }
  return Object.entries(declared).map(([name, declaration]) => {
    const place = front.place(['inputs', name]);
    const refuse = (problem: string): void =>
      report(new Fault('PLAN_INPUT_INVALID', { input: name, problem }, place));
    const problem = nameProblem(name);
    if (problem !== null) refuse(problem);
    return { input: inputOf(name, declaration, refuse), place };
  });
}

function inputOf(name: string, declaration: unknown, refuse: Refuse): PlanInput {
  if (declaration === null) return { name, type: 'string', isRequired: true };
  if (typeof declaration !== 'object' || Array.isArray(declaration)) {
    return { name, type: typeOfValue(declaration), default: declaration, isRequired: false };
  }
  const entries = declaration as Record<string, unknown>;
  for (const key of Object.keys(entries)) {
    if (KEYS.includes(key)) continue;
    const closest = closestTo(key, KEYS);
    const hint = closest === null ? '' : ` (did you mean \`${closest}\`?)`;
    refuse(`it has the unknown key \`${key}\`${hint}; known keys: ${KEYS.join(', ')}`);
  }
  const type = typeOf(entries['type'], refuse);
  const choices = choicesOf(type, entries['enum'], refuse);
  const fallback = defaultOf({ type, ...choices }, entries['default'], refuse);
  const required = entries['required'];
  if (required !== undefined && typeof required !== 'boolean') {
    refuse(`\`required\` is true or false, found ${excerpt(JSON.stringify(required))}`);
  }
  if (required === true && fallback.default !== undefined) {
    refuse('it is required and has a default: keep one of the two');
  }
  const description = entries['description'];
  return {
    name,
    type,
    ...choices,
    ...fallback,
    isRequired: fallback.default === undefined && required !== false,
    ...(typeof description === 'string' ? { description } : {}),
  };
}

function typeOf(type: unknown, refuse: Refuse): PlanInput['type'] {
  const known = INPUT_TYPES.find((each) => each === (type ?? 'string'));
  if (known !== undefined) return known;
  refuse(`its type is one of ${INPUT_TYPES.join(', ')}, found ${excerpt(JSON.stringify(type))}`);
  return 'json';
}

function choicesOf(
  type: PlanInput['type'],
  choices: unknown,
  refuse: Refuse,
): Pick<PlanInput, 'choices'> {
  if (choices === undefined) return {};
  if (!Array.isArray(choices) || choices.length === 0) {
    refuse('`enum` is a list of at least one value');
    return {};
  }
  const values = choices.map((choice) => {
    const checked = checkInput({ type }, choice);
    if (checked.isGood) return checked.value;
    refuse(`its enum has ${excerpt(JSON.stringify(choice))}, which is not ${checked.expected}`);
    return choice;
  });
  return { choices: values };
}

function defaultOf(
  input: Pick<PlanInput, 'type' | 'choices'>,
  value: unknown,
  refuse: Refuse,
): Pick<PlanInput, 'default'> {
  if (value === undefined || value === null) return {};
  const checked = checkInput(input, value);
  if (checked.isGood) return { default: checked.value };
  refuse(`its default is ${excerpt(JSON.stringify(value))}, which is not ${checked.expected}`);
  return { default: value };
}
