import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeGguf, writeTinyLlama } from '../helpers/gguf.ts';
import { writeHeartbeat } from './heartbeat.ts';
import { openHouse } from './house.ts';
import type { House } from './house.ts';
import { fitSchema } from './schemas.ts';

let house: House;
beforeEach(() => {
  house = openHouse();
});
afterEach(() => house.close());

const file = (): string => join(house.root, 'model.gguf');

/** Llama 3.1 8B without its weights: the tensors are holes in the file. */
const writeLlama8b = (): void => {
  writeGguf(
    file(),
    {
      'general.architecture': 'llama',
      'general.name': 'Llama 3.1 8B',
      'llama.block_count': 32,
      'llama.context_length': 131_072,
      'llama.embedding_length': 4096,
      'llama.vocab_size': 128_256,
      'llama.attention.head_count': 32,
      'llama.attention.head_count_kv': 8,
    },
    [{ name: 'blk.0.ffn_up.weight', shape: [4096, 1_700_000], type: 12 }],
  );
};

it('tells which context fits on which card, and the sums', async () => {
  writeLlama8b();
  const { code, out, err } = await house.tutti(
    'models',
    'fit',
    file(),
    '--vram',
    '24576',
    '--vram',
    '6144',
  );
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toBe(`Llama 3.1 8B (llama), trained for 131072 tokens
largest context in each of 1 slot, by the type of the KV cache:

card       budget     f16     q8_0    q4_0
24576 MiB  19660 MiB  108800  131072  131072
6144 MiB   4915 MiB   1792    3328    6144

8192 tokens in f16: weights 3736 + KV 1024 + compute 259 + CUDA 250 MiB, with a margin 5795 MiB
`);
});

it('goes by the budgets of the agents that are here', async () => {
  writeTinyLlama(file());
  writeHeartbeat(house, 'cpu-1', {});
  const none = await house.tutti('models', 'fit', file());
  expect(none.code).toBe(2);
  expect(none.err).toContain('no agent of a card is known here');
  house.write('gpus/gpu-1/heartbeat.json', {
    ...(JSON.parse(house.read('cpus/cpu-1/heartbeat.json')) as object),
    agent: 'gpu-1',
    kind: 'gpu',
    budget_mib: 400,
  });
  const { out } = await house.tutti('models', 'fit', file(), '--slots', '2', '--json');
  const record = fitSchema.parse(JSON.parse(out));
  expect(record.cards).toEqual([
    { card: 'gpu-1', budget_mib: 400, context_tokens: { f16: 16_384, q8_0: 16_384, q4_0: 16_384 } },
  ]);
});

it('refuses what is no model, with advice', async () => {
  const { code, err } = await house.tutti('models', 'fit', file(), '--vram', '24576');
  expect(code).toBe(2);
  expect(err).toMatch(/^there is no model file .* \[MODEL_FILE_MISSING\]\n {4}\S/);
});
