// What a batch was given, checked against what its plan declares.
import { Fault, Faults } from '../fault.ts';
import { checkInput } from './input-values.ts';
import { didYouMean, excerpt } from './suggest.ts';
import type { Plan } from './types.ts';

/**
 * The value of every declared input: given, else its default, else null (an optional input). Texts
 * become what the declared type says, so `--set n=5` gives the number 5. Throws Faults that name `file`,
 * the place the values came from.
 */
export function resolveInputs(
  plan: Pick<Plan, 'inputs'>,
  given: Readonly<Record<string, unknown>>,
  file: string,
): Record<string, unknown> {
  const faults: Fault[] = [];
  const known = plan.inputs.map((input) => input.name);
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const names = known.length === 0 ? 'It declares none.' : `Its inputs: ${known.join(', ')}.`;
    const details = { input: name, hint: didYouMean(name, known), known: names };
    faults.push(new Fault('INPUT_UNKNOWN', details, { file }));
  }
  const values: [string, unknown][] = [];
  for (const input of plan.inputs) {
    const { name } = input;
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined || value === null) {
      if (input.isRequired) faults.push(new Fault('INPUT_MISSING', { input: name }, { file }));
      values.push([name, input.default ?? null]);
      continue;
    }
    const checked = checkInput(input, value);
    if (checked.isGood) values.push([name, checked.value]);
    else {
      const details = {
        input: name,
        expected: checked.expected,
        found: excerpt(JSON.stringify(value)),
      };
      faults.push(new Fault('INPUT_VALUE', details, { file }));
    }
  }
  if (faults.length > 0) throw new Faults(faults);
  return Object.fromEntries(values);
}

/**
 * The inputs whose values are paths. Whoever submits makes a relative one absolute, from the folder
 * `submit` was run in: no other process knows that folder.
 */
export const pathInputs = (plan: Pick<Plan, 'inputs'>): string[] =>
  plan.inputs.filter((input) => input.type === 'path').map((input) => input.name);
