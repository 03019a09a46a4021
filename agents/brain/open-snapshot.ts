// From the snapshot on disk to the model: the same parser and the same checks as at submit.
import { Fault, Faults, renderFault } from '../protocol/fault.ts';
import { SYSTEM_PLAN } from '../protocol/ids.ts';
import type { Batch } from '../protocol/batch.ts';
import { planInSteps } from '../protocol/plan/parse.ts';
import { resolveInputs } from '../protocol/plan/resolve-inputs.ts';
import type { Plan } from '../protocol/plan/types.ts';
import type { Store } from '../store/store.ts';
import type { OpenBatch } from './model.ts';
import { openBatch } from './open-batch.ts';
import type { Steps } from './steps.ts';
import { openSystem } from './system-batch.ts';
import type { WishTries } from './system-batch.ts';

const PLAN_BYTES_MAX = 4_194_304;

export type Opened = { readonly open: OpenBatch } | { readonly errors: readonly string[] };

export interface Opening {
  readonly nowMs: number;
  readonly isFromStart: boolean;
  readonly tries?: WishTries;
  /** The plan, where it was read before. */
  readonly known?: Plan | undefined;
}

/** Reads the plan snapshot in `directory` and checks everything that can be checked before it runs. */
export async function* tryOpen(
  store: Store,
  directory: string,
  batch: Batch,
  { nowMs, isFromStart, tries = { loadTriesMax: 1, groupTriesMax: 1 }, known }: Opening,
): Steps<Opened> {
  if (batch.plan === SYSTEM_PLAN) return { open: openSystem(batch, tries, nowMs) };
  const file = `${directory}/plan.md`;
  try {
    const plan = known ?? (yield* readPlan(store, file));
    if (plan === null) return { errors: [`${file} is missing`] };
    const inputs = resolveInputs(plan, batch.config, file);
    return { open: openBatch(batch, plan, inputs, nowMs, isFromStart) };
  } catch (error) {
    if (error instanceof Faults) return { errors: error.faults.map(renderFault) };
    if (error instanceof Fault) return { errors: [renderFault(error)] };
    throw error;
  }
}

async function* readPlan(store: Store, file: string): Steps<Plan | null> {
  const text = await store.disk.read(file, PLAN_BYTES_MAX);
  if (text === null) return null;
  const steps = planInSteps(text, file);
  let step = steps.next();
  while (step.done !== true) {
    yield 'reading';
    step = steps.next();
  }
  return step.value;
}
