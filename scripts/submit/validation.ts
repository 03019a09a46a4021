// Every error of a plan at once: of its text, of the inputs if some are given, and of what it needs.
import { Fault, Faults } from '../../agents/protocol/fault.ts';
import type { Plan } from '../../agents/protocol/plan/types.ts';
import { checkModels } from '../../agents/protocol/roster-names.ts';
import type { Shared } from '../context.ts';
import { checkFit } from './fit.ts';
import { readInputs } from './inputs.ts';
import type { Given } from './inputs.ts';
import { folderOf, parseFound } from './plans.ts';
import type { FoundPlan } from './plans.ts';
import { checkSchemas } from './schemas.ts';
import { knownAgents } from './submitting.ts';

export interface Checked {
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
  readonly tasks: number;
}

export async function check(shared: Shared, found: FoundPlan, given: Given): Promise<Checked> {
  const parsed = attempt(() => parseFound(found));
  if ('faults' in parsed) return { faults: parsed.faults, warnings: [], tasks: 0 };
  const plan: Plan = parsed.value;
  const isGiven = given.config !== undefined || given.set !== undefined;
  const inputs = isGiven ? attempt(() => readInputs(plan, given)) : null;
  const fit = checkFit(plan.tasks, await knownAgents(shared), shared.settings.config);
  const models = checkModels(plan.tasks, shared.settings.config);
  const schemas = await checkSchemas(plan.tasks, folderOf(shared, found));
  const wrong = inputs !== null && 'faults' in inputs ? inputs.faults : [];
  return {
    faults: [...wrong, ...models, ...schemas.faults, ...fit.faults],
    warnings: [...fit.warnings, ...schemas.warnings],
    tasks: plan.tasks.length,
  };
}

function attempt<T>(run: () => T): { readonly value: T } | { readonly faults: readonly Fault[] } {
  try {
    return { value: run() };
  } catch (error) {
    if (error instanceof Faults) return { faults: error.faults };
    if (error instanceof Fault) return { faults: [error] };
    throw error;
  }
}
