// The inputs of a batch: what it was given, completed with the defaults of its plan. Both are immutable
// once submitted, so each batch is read once.
import { Fault, Faults, renderFault } from '../protocol/fault.ts';
import { batchPath } from '../protocol/layout.ts';
import { parseInputs, parsePlan } from '../protocol/plan/parse.ts';
import { resolveInputs } from '../protocol/plan/resolve-inputs.ts';
import { readBatch } from '../store/inbox.ts';
import { RECORD_BYTES_MAX } from '../store/records.ts';
import { statFresh } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../process/clock.ts';

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

export interface InputPorts {
  readonly store: Store;
  readonly clock: Clock;
  /** For how long a host may not see a file that is there. */
  readonly visibilityDelayMs: number;
}

export function openInputs(ports: InputPorts): InputReader {
  const cache = new Map<string, Inputs>();
  return async (plan, batch) => {
    const known = cache.get(batch);
    if (known !== undefined) return known;
    const inputs = await readInputs(ports, batchPath(plan, batch));
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

const LOOK_MS = 200;

/** The batch was moved here a moment ago, perhaps by another host. Answers whether `path` can be read by now. */
async function isThere({ store, clock, visibilityDelayMs }: InputPorts, path: string) {
  const deadlineMs = clock.monotonicMs() + visibilityDelayMs;
  for (;;) {
    if ((await statFresh(store, path)) !== null) return true;
    if (clock.monotonicMs() >= deadlineMs) return false;
    await clock.sleep(LOOK_MS);
  }
}

async function readInputs(ports: InputPorts, directory: string): Promise<Inputs> {
  const { store } = ports;
  const path = `${directory}/batch.json`;
  let batch = await readBatch(store, directory);
  if (batch.is === 'missing' && (await isThere(ports, path))) {
    batch = await readBatch(store, directory);
  }
  if (batch.is !== 'ok') {
    const problem = batch.is === 'missing' ? 'it is not there' : batch.problem;
    return { is: 'refused', message: `Not started: ${path}: ${problem}.` };
  }
  const file = `${directory}/plan.md`;
  let text = await store.disk.read(file, RECORD_BYTES_MAX);
  if (text === null && (await isThere(ports, file))) {
    text = await store.disk.read(file, RECORD_BYTES_MAX);
  }
  if (text === null) return { is: 'refused', message: `Not started: ${file} is not there.` };
  try {
    const inputs = parseInputs(text, file);
    const values = resolveInputs({ inputs }, batch.value.config, file);
    // A plan of ten thousand prompts takes seconds to read, and each of them asks.
    let tasks: readonly string[] | null = null;
    return { is: 'ok', values, tasks: () => (tasks ??= headingsOf(text, file)) };
  } catch (error) {
    if (error instanceof Faults) return { is: 'refused', message: `Not started: ${error.message}` };
    if (error instanceof Fault)
      return { is: 'refused', message: `Not started: ${renderFault(error)}` };
    throw error;
  }
}
