// What is refused at a start because the header of a model's file already says that no card can hold it.
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { writeGguf } from '../helpers/gguf.ts';
import { planText } from '../helpers/plan-text.ts';
import { openHouse } from './house.ts';
import type { House } from './house.ts';

const agents = [
  { name: 'cpu-1', kind: 'cpu', slots: 2 },
  { name: 'sim-1', kind: 'simulated', vramMib: 8192 },
];

let house: House;
afterEach(() => house.close());

describe('a model that by its header fits no card', () => {
  /** A feed-forward layer of some 3.7 GiB, whose bytes are a hole in the file. */
  const openWith = (model: object): void => {
    const big = { backend: 'llama-server', source: 'big.gguf', ...model };
    house = openHouse({ agents, models: { big } });
    writeGguf(
      join(house.root, 'big.gguf'),
      {
        'general.architecture': 'llama',
        'llama.block_count': 32,
        'llama.context_length': 131_072,
        'llama.embedding_length': 4096,
        'llama.vocab_size': 128_256,
        'llama.attention.head_count': 32,
        'llama.attention.head_count_kv': 8,
      },
      [{ name: 'blk.0.ffn_up.weight', shape: [4096, 1_700_000], type: 12 }],
    );
    house.write('plans/tune/plan.md', planText({ a: { command: 'true' } }));
  };

  it('is refused before anything starts, with the sums', async () => {
    openWith({ contextTokens: 65_536 });
    for (const start of [
      ['up', '--detach'],
      ['play', 'tune'],
    ]) {
      const { code, err } = await house.tutti(...start);
      expect(code).toBe(78);
      expect(err).toContain(
        'the roster is refused: models.big needs 13680 MiB with 65536 tokens, by its header, and fits no card (sim-1: 6553 MiB)',
      );
    }
    expect(house.launch()).toBeNull();
  });

  it('goes by the least context where none is asked for, and leaves a file that is not here to the agent', async () => {
    for (const model of [{}, { contextTokens: 65_536, source: 'elsewhere.gguf' }]) {
      openWith(model);
      expect((await house.tutti('up', '--detach')).code).toBe(0);
      expect((await house.tutti('stop', '--all')).code).toBe(0);
      await house.close();
    }
  });
});
