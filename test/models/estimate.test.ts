// The sums of docs/MODELS.md, on headers of models that people run. No weights: the tensors are holes in a file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { estimate, ESTIMATE_MARGIN, fittingContext } from '../../agents/models/estimate.ts';
import type { LoadShape } from '../../agents/models/estimate.ts';
import { readGguf } from '../../agents/models/gguf.ts';
import { writeGguf } from '../helpers/gguf.ts';
import type { GgufInput, TensorInput } from '../helpers/gguf.ts';

const folder = mkdtempSync(join(tmpdir(), 'tutti-estimate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const vocabulary = (length: number): readonly string[] => Array.from({ length }, () => 'x');

const LLAMA_8B: Readonly<Record<string, GgufInput>> = {
  'general.architecture': 'llama',
  'general.name': 'Llama 3.1 8B',
  'llama.block_count': 32,
  'llama.context_length': 131_072,
  'llama.embedding_length': 4096,
  'llama.attention.head_count': 32,
  'llama.attention.head_count_kv': 8,
  'tokenizer.ggml.tokens': vocabulary(128_256),
};
const EMBEDDING: TensorInput = { name: 'token_embd.weight', shape: [4096, 128_256], type: 12 };
const OUTPUT: TensorInput = { name: 'output.weight', shape: [4096, 128_256], type: 12 };
const BLOCKS: TensorInput = { name: 'blk.0.ffn_up.weight', shape: [4096, 1_700_000], type: 12 };

let files = 0;
function model(values: Readonly<Record<string, GgufInput>>, tensors: readonly TensorInput[]) {
  const path = join(folder, `${files++}.gguf`);
  writeGguf(path, values, tensors);
  return readGguf(path);
}

const load = (changes: Partial<LoadShape> = {}): LoadShape => ({
  contextTokens: 8192,
  slots: 1,
  kvType: 'f16',
  isFlashAttention: true,
  ...changes,
});

describe('Llama 3.1 8B', () => {
  it('needs exactly 1 GiB for 8192 tokens in f16', async () => {
    const llama = await model(LLAMA_8B, [EMBEDDING, BLOCKS, OUTPUT]);
    expect(estimate(llama, load()).kvMib).toBe(1024);
  });

  it.each([
    [{ kvType: 'q8_0' }, 544],
    [{ kvType: 'q4_0' }, 288],
    [{ slots: 4 }, 4096],
    [{ contextTokens: 131_072 }, 16_384],
    [{ contextTokens: 0 }, 0],
  ] as const)('%j: %d MiB of KV', async (changes, mib) => {
    const llama = await model(LLAMA_8B, [EMBEDDING, BLOCKS, OUTPUT]);
    expect(estimate(llama, load(changes)).kvMib).toBe(mib);
  });

  it('computes in 258.5 MiB, as llama.cpp logs, and in much more without flash attention', async () => {
    const llama = await model(LLAMA_8B, [EMBEDDING, BLOCKS, OUTPUT]);
    expect(estimate(llama, load()).computeMib).toBe(258.5);
    const old = load({ contextTokens: 32_768, isFlashAttention: false });
    expect(estimate(llama, old).computeMib).toBe(2048);
  });

  it('leaves the input embedding in main memory, unless it is the output as well', async () => {
    const embeddingMib = (4096 * 128_256 * 4.5) / 8 / 1_048_576;
    const apart = estimate(await model(LLAMA_8B, [EMBEDDING, BLOCKS, OUTPUT]), load());
    const tied = estimate(await model(LLAMA_8B, [EMBEDDING, BLOCKS]), load());
    expect(apart.weightsMib).toBe(tied.weightsMib);
    expect(tied.weightsMib).toBeGreaterThan(embeddingMib);
  });

  it('is the sum of its parts', async () => {
    const sum = estimate(await model(LLAMA_8B, [EMBEDDING, BLOCKS, OUTPUT]), load());
    const { weightsMib, kvMib, computeMib, overheadMib, totalMib } = sum;
    expect(overheadMib).toBe(250);
    expect(totalMib).toBe(weightsMib + kvMib + computeMib + overheadMib);
  });
});

describe('layers that differ', () => {
  const swa = (changes: Readonly<Record<string, GgufInput>>) => ({
    'general.architecture': 'gemma3',
    'gemma3.block_count': 12,
    'gemma3.context_length': 131_072,
    'gemma3.embedding_length': 1024,
    'gemma3.attention.head_count': 4,
    'gemma3.attention.head_count_kv': 1,
    'gemma3.attention.key_length': 256,
    'gemma3.attention.value_length': 256,
    'gemma3.attention.sliding_window': 512,
    ...changes,
  });
  const perTokenKib = ((256 + 256) * 2) / 1024;

  it('a sliding window is kept instead of the context, on the layers that have one', async () => {
    const gemma = await model(swa({}), []);
    expect(gemma.layers.map(({ window }) => window === null)).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
    // Two layers keep 65536 tokens, ten keep 512 and one step of 512.
    const kib = (2 * 65_536 + 10 * 1024) * perTokenKib;
    expect(estimate(gemma, load({ contextTokens: 65_536 })).kvMib).toBe(kib / 1024);
  });

  it('a window longer than the context costs the context', async () => {
    const gemma = await model(swa({}), []);
    expect(estimate(gemma, load({ contextTokens: 512 })).kvMib).toBe(
      (12 * 512 * perTokenKib) / 1024,
    );
  });

  it('the file may say which layers slide', async () => {
    const pattern = Array.from({ length: 12 }, (_, layer) => layer > 0);
    const gemma = await model(swa({ 'gemma3.attention.sliding_window_pattern': pattern }), []);
    expect(gemma.layers.filter(({ window }) => window === null)).toHaveLength(1);
  });

  it('a window without a known pattern is taken as none: more is estimated, not less', async () => {
    const mistral = await model({ ...LLAMA_8B, 'llama.attention.sliding_window': 4096 }, []);
    expect(estimate(mistral, load()).kvMib).toBe(1024);
  });

  it('head_count_kv may be a list, with 0 for layers without attention', async () => {
    const values = Array.from({ length: 32 }, (_, layer) => (layer % 4 === 0 ? 8 : 0));
    const hybrid = await model(
      { ...LLAMA_8B, 'llama.attention.head_count_kv': { type: 'i32', values } },
      [],
    );
    expect(estimate(hybrid, load()).kvMib).toBe(256);
  });

  it('a key length that is not embedding / heads counts', async () => {
    const wide = await model({ ...LLAMA_8B, 'llama.attention.key_length': 256 }, []);
    expect(estimate(wide, load()).kvMib).toBe(1024 * 1.5);
  });
});

describe('the largest context that fits', () => {
  it('fits, and one step more would not', async () => {
    const llama = await model(LLAMA_8B, [EMBEDDING, BLOCKS, OUTPUT]);
    const shape = { slots: 1, kvType: 'f16', isFlashAttention: true } as const;
    const context = fittingContext(llama, shape, 8000);
    const needs = (contextTokens: number): number =>
      estimate(llama, { ...shape, contextTokens }).totalMib * ESTIMATE_MARGIN;
    expect(context % 256).toBe(0);
    expect(context).toBeGreaterThan(8192);
    expect(needs(context)).toBeLessThanOrEqual(8000);
    expect(needs(context + 256)).toBeGreaterThan(8000);
  });

  it('is the trained context where there is room for more, and 0 where there is none', async () => {
    const llama = await model(LLAMA_8B, [EMBEDDING, BLOCKS, OUTPUT]);
    const shape = { slots: 1, kvType: 'f16', isFlashAttention: true } as const;
    expect(fittingContext(llama, shape, 80_000)).toBe(131_072);
    expect(fittingContext(llama, shape, 4000)).toBe(0);
  });
});
