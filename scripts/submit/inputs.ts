// The inputs of a batch, from `--config JSON`, `--config @file` and `--set name=value`.
import { isAbsolute, resolve } from 'node:path';
import { Fault } from '../../agents/protocol/fault.ts';
import { pathInputs, resolveInputs } from '../../agents/protocol/plan/resolve-inputs.ts';
import type { Plan } from '../../agents/protocol/plan/types.ts';
import { readOutside } from '../../agents/store/outside.ts';

export interface Given {
  readonly config?: string | undefined;
  readonly set?: readonly string[] | undefined;
}

export interface Inputs {
  /** What goes into batch.json. */
  readonly given: Readonly<Record<string, unknown>>;
  /** With the defaults of the plan. */
  readonly resolved: Readonly<Record<string, unknown>>;
}

const INPUT_BYTES_MAX = 16_777_216;

/** Relative paths start from the folder the command runs in. @throws Fault BATCH_CONFIG, Faults INPUT_… */
export function readInputs(plan: Plan, { config, set = [] }: Given): Inputs {
  const named = config === undefined ? {} : readConfig(config);
  const given: Record<string, unknown> = { ...named, ...Object.fromEntries(set.map(splitSet)) };
  for (const name of pathInputs(plan)) {
    const value = given[name];
    if (typeof value === 'string' && value !== '' && !isAbsolute(value)) {
      given[name] = resolve(value);
    }
  }
  const source = config?.startsWith('@') === true ? config.slice(1) : 'inputs';
  return { given, resolved: resolveInputs(plan, given, source) };
}

function readConfig(option: string): Record<string, unknown> {
  const refuse = (problem: string): Fault =>
    new Fault('BATCH_CONFIG', { option: '--config', problem });
  let value: unknown;
  try {
    value = JSON.parse(
      option.startsWith('@') ? readOutside(option.slice(1), INPUT_BYTES_MAX) : option,
    );
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw refuse((error as Error).message);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw refuse('it is valid JSON, but not an object');
  }
  return value as Record<string, unknown>;
}

function splitSet(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) {
    const problem = `expected name=value, found ${JSON.stringify(text)}`;
    throw new Fault('BATCH_CONFIG', { option: '--set', problem });
  }
  return [text.slice(0, at), text.slice(at + 1)];
}
