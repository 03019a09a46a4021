// How much memory of a card a GGUF model needs, before it is loaded. The parts are those that llama.cpp logs as
// its model, KV and compute buffers. An estimate is what a first load goes by; afterwards the measurement counts.
// Pure.
import type { LayerShape, ModelShape } from './model-shape.ts';
import type { KvType } from './runtime.ts';

/** Blocks of 32 elements with a scale of 16 bits: q8_0 is no byte, q4_0 no half. */
export const KV_BYTES: Readonly<Record<KvType, number>> = { f16: 2, q8_0: 1.0625, q4_0: 0.5625 };

/** Beyond the estimate: what fragmentation and a new version of the engine may add. */
export const ESTIMATE_MARGIN = 1.1;

/** Layers do not divide evenly over cards, and each holds buffers of its own: 40.3 GiB were seen for 35.6. */
export const SPLIT_MARGIN = 1.15;

/** A CUDA context and its libraries. */
const OVERHEAD_BYTES = 250 * 1_048_576;
/** Tokens of a prompt that are computed at once (llama.cpp, `--ubatch-size`). */
const UBATCH = 512;
/** llama.cpp pads its caches to this many tokens. */
const CONTEXT_STEP = 256;
const MIB = 1_048_576;

export interface LoadShape {
  /** Per slot. */
  readonly contextTokens: number;
  readonly slots: number;
  readonly kvType: KvType;
  readonly isFlashAttention: boolean;
}

/** In MiB, not rounded. */
export interface Estimate {
  readonly weightsMib: number;
  readonly kvMib: number;
  readonly computeMib: number;
  readonly overheadMib: number;
  readonly totalMib: number;
}

export function estimate(model: ModelShape, load: LoadShape): Estimate {
  const weightsMib = model.weightBytes / MIB;
  const kvMib = kvBytes(model, load) / MIB;
  const computeMib = computeBytes(model, load) / MIB;
  const overheadMib = OVERHEAD_BYTES / MIB;
  const totalMib = weightsMib + kvMib + computeMib + overheadMib;
  return { weightsMib, kvMib, computeMib, overheadMib, totalMib };
}

/** Keys and values of every layer, for the tokens that it keeps. */
function kvBytes(model: ModelShape, load: LoadShape): number {
  const perToken = KV_BYTES[load.kvType] * (model.keyLength + model.valueLength);
  return model.layers.reduce(
    (sum, layer) => sum + keptTokens(layer, load) * layer.kvHeads * perToken,
    0,
  );
}

/** A sliding window is kept with room for the tokens of one step beside it. */
function keptTokens({ window }: LayerShape, { contextTokens, slots }: LoadShape): number {
  const all = contextTokens * slots;
  if (window === null) return all;
  return Math.min(all, Math.ceil((window * slots + UBATCH) / CONTEXT_STEP) * CONTEXT_STEP);
}

/**
 * The scores of all words of the vocabulary for one step, beside the step itself: 258.5 MiB for Llama 3.1 8B, as
 * llama.cpp logs. Without flash attention the scores of all heads over the whole context may be more.
 */
function computeBytes(model: ModelShape, load: LoadShape): number {
  const output = 4 * UBATCH * (model.vocabulary + model.embedding);
  if (load.isFlashAttention) return output;
  return Math.max(output, 4 * UBATCH * model.heads * load.contextTokens * load.slots);
}

/** The largest context, per slot, with which the model fits in `budgetMib`; 0 when none does. */
export function fittingContext(
  model: ModelShape,
  load: Omit<LoadShape, 'contextTokens'>,
  budgetMib: number,
): number {
  const fits = (steps: number): boolean =>
    estimate(model, { ...load, contextTokens: steps * CONTEXT_STEP }).totalMib * ESTIMATE_MARGIN <=
    budgetMib;
  if (!fits(1)) return 0;
  let [good, bad] = [1, Math.floor(model.contextTokensMax / CONTEXT_STEP) + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (fits(middle)) good = middle;
    else bad = middle;
  }
  return Math.min(good * CONTEXT_STEP, model.contextTokensMax);
}
