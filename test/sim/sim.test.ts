// The short form of the simulator: every class of faults alone, then all of them together. A failure
// prints the seed; `npm run sim -- --seed <seed> --faults <classes>` plays it again.
import { describe, expect, it } from 'vitest';
import { FAULT_KINDS } from './faults.ts';
import { simulate } from './run.ts';

async function breachesOf(seeds: readonly number[], faults: readonly string[]): Promise<string[]> {
  const kinds = FAULT_KINDS.filter((kind) => faults.includes(kind));
  const found: string[] = [];
  for (const seed of seeds) {
    const { breaches } = await simulate({ seed, faults: kinds });
    if (breaches.length > 0) found.push(`seed ${seed}: ${breaches.join('; ')}`);
  }
  return found;
}

const seedsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index);

describe('every batch ends as it should, whatever happens', () => {
  it.each([[[]], ...FAULT_KINDS.map((kind) => [[kind]])])('faults: %j', async (faults) => {
    expect(await breachesOf(seedsFrom(1, 6), faults)).toEqual([]);
  });

  it('faults: all together', async () => {
    expect(await breachesOf(seedsFrom(1000, 40), FAULT_KINDS)).toEqual([]);
  });

  it('the same seed plays the same way', async () => {
    const [first, second] = [
      await simulate({ seed: 7, faults: FAULT_KINDS }),
      await simulate({ seed: 7, faults: FAULT_KINDS }),
    ];
    expect(second).toEqual(first);
  });
});
