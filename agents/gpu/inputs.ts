// The inputs of a batch: what it was given, completed with the defaults of its plan. Both are immutable
// once submitted, so each batch is read once.
import { Fault, Faults, renderFault } from '../protocol/fault.ts';
import { batchPath } from '../protocol/layout.ts';
import { parseInputs, parsePlan } from '../protocol/plan/parse.ts';
import { resolveInputs } from '../protocol/plan/resolve-inputs.ts';
import { readBatch } from '../store/inbox.ts';
import { RECORD_BYTES_MAX } from '../store/records.ts';
import type { Store } from '../store/store.ts';

export type Inputs =
  | {
      readonly is: 'ok';
      readonly values: Readonly<Record<string, unknown>>;
      /** The headings of the plan, which takes a while to read. */
      readonly tasks: () => readonly string[];
    }
  | { readonly is: 'refused'; readonly message: string };

export type InputReader = (plan: string, batch: string) => Promise<Inputs>;

const BATCHES_MAX = 64;

export function openInputs(store: Store): InputReader {
  const cache = new Map<string, Inputs>();
  return async (plan, batch) => {
    const known = cache.get(batch);
    if (known !== undefined) return known;
    const inputs = await readInputs(store, batchPath(plan, batch));
    // A refusal may be a file that is not visible yet: the next task looks again.
    if (inputs.is === 'ok') cache.set(batch, inputs);
    if (cache.size > BATCHES_MAX) cache.delete(cache.keys().next().value!);
    return inputs;
  };
}

/** It was accepted as it is; a plan that somebody damaged since has no headings to tell apart. */
function headingsOf(text: string, file: string): readonly string[] {
  try {
    return parsePlan(text, file).tasks.map(({ name }) => name);
  } catch (error) {
    if (error instanceof Faults) return [];
    throw error;
  }
}

async function readInputs(store: Store, directory: string): Promise<Inputs> {
  const batch = await readBatch(store, directory);
  if (batch.is !== 'ok') {
    const problem = batch.is === 'missing' ? 'it is not there' : batch.problem;
    return { is: 'refused', message: `Not started: ${directory}/batch.json: ${problem}.` };
  }
  const file = `${directory}/plan.md`;
  const text = await store.disk.read(file, RECORD_BYTES_MAX);
  if (text === null) return { is: 'refused', message: `Not started: ${file} is not there.` };
  try {
    const inputs = parseInputs(text, file);
    const values = resolveInputs({ inputs }, batch.value.config, file);
    return { is: 'ok', values, tasks: () => headingsOf(text, file) };
  } catch (error) {
    if (error instanceof Faults) return { is: 'refused', message: `Not started: ${error.message}` };
    if (error instanceof Fault)
      return { is: 'refused', message: `Not started: ${renderFault(error)}` };
    throw error;
  }
}
