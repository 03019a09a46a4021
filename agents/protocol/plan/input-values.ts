// Values of inputs: which of them a type takes, and what the text of `--set name=text` stands for.
import type { PlanInput } from './types.ts';

export const INPUT_TYPES = ['string', 'number', 'boolean', 'path', 'json'] as const;
type InputType = PlanInput['type'];

export type Checked =
  | { readonly isGood: true; readonly value: unknown }
  | { readonly isGood: false; readonly expected: string };

const good = (value: unknown): Checked => ({ isGood: true, value });
const bad = (expected: string): Checked => ({ isGood: false, expected });

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const CHECKS: Readonly<Record<InputType, (value: unknown) => Checked>> = {
  string: (value) => {
    if (typeof value === 'number' || typeof value === 'boolean') return good(String(value));
    return isText(value) ? good(value) : bad('a text');
  },
  number: (value) => {
    if (typeof value === 'number' && Number.isFinite(value)) return good(value);
    const isNumeric = typeof value === 'string' && NUMBER.test(value.trim());
    return isNumeric ? good(Number(value)) : bad('a number');
  },
  boolean: (value) => {
    if (typeof value === 'boolean') return good(value);
    return value === 'true' || value === 'false' ? good(value === 'true') : bad('true or false');
  },
  path: (value) => (isText(value) && value !== '' ? good(value) : bad('a path')),
  json: (value) => {
    if (typeof value !== 'string') return good(value);
    try {
      return good(JSON.parse(value));
    } catch {
      return bad('JSON');
    }
  },
};

const isText = (value: unknown): value is string =>
  typeof value === 'string' && !value.includes('\0');

/** Checks a value against type and choices. */
export function checkInput(input: Pick<PlanInput, 'type' | 'choices'>, value: unknown): Checked {
  const checked = CHECKS[input.type](value);
  if (!checked.isGood || input.choices === undefined) return checked;
  const text = JSON.stringify(checked.value);
  return input.choices.some((choice) => JSON.stringify(choice) === text)
    ? checked
    : bad(`one of ${input.choices.map((choice) => JSON.stringify(choice)).join(', ')}`);
}

/** The type that a shorthand `name: value` declares. */
export function typeOfValue(value: unknown): InputType {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  return value !== null && typeof value === 'object' ? 'json' : 'string';
}
