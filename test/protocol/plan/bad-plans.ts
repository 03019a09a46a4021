// Bad plans for the tests of the parser: one file per mistake, and what is found in it.
import { readFileSync } from 'node:fs';
import { Faults } from '../../../agents/protocol/fault.ts';
import type { Fault } from '../../../agents/protocol/fault.ts';
import { parsePlan } from '../../../agents/protocol/plan/parse.ts';

export const BAD_PLANS = new URL('../../fixtures/plans/bad/', import.meta.url);

export const readBad = (name: string): string =>
  readFileSync(new URL(`${name}.md`, BAD_PLANS), 'utf8');

export function faultsOf(text: string, file = 'plan.md'): readonly Fault[] {
  try {
    parsePlan(text, file);
  } catch (error) {
    if (error instanceof Faults) return error.faults;
    throw error;
  }
  return [];
}
