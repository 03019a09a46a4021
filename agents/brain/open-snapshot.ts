// From the snapshot on disk to the model: the same parser and the same checks as at submit.
import { Fault, Faults, renderFault } from '../protocol/fault.ts';
import { SYSTEM_PLAN } from '../protocol/ids.ts';
import type { Batch } from '../protocol/batch.ts';
import { parsePlan } from '../protocol/plan/parse.ts';
import { resolveInputs } from '../protocol/plan/resolve-inputs.ts';
import type { Store } from '../store/store.ts';
import type { OpenBatch } from './model.ts';
import { openBatch } from './open-batch.ts';
import { openSystem } from './system-batch.ts';
import type { WishTries } from './system-batch.ts';

const PLAN_BYTES_MAX = 4_194_304;

/** Reads the plan snapshot in `directory` and checks everything that can be checked before it runs. */
export async function tryOpen(
  store: Store,
  directory: string,
  batch: Batch,
  nowMs: number,
  isFromStart: boolean,
  tries: WishTries = { loadTriesMax: 1, groupTriesMax: 1 },
): Promise<{ readonly open: OpenBatch } | { readonly errors: readonly string[] }> {
  if (batch.plan === SYSTEM_PLAN) return { open: openSystem(batch, tries, nowMs) };
  const file = `${directory}/plan.md`;
  try {
    const text = await store.disk.read(file, PLAN_BYTES_MAX);
    if (text === null) return { errors: [`${file} is missing`] };
    const plan = parsePlan(text, file);
    const inputs = resolveInputs(plan, batch.config, file);
    return { open: openBatch(batch, plan, inputs, nowMs, isFromStart) };
  } catch (error) {
    if (error instanceof Faults) return { errors: error.faults.map(renderFault) };
    if (error instanceof Fault) return { errors: [renderFault(error)] };
    throw error;
  }
}
