// The short form of the simulator: every kind of fault alone; mixtures.test.ts plays them together. A failure
// prints the seed and how to play it again.
import { describe, expect, it } from 'vitest';
import { failuresOf } from './failures.ts';
import { FAULT_KINDS } from './faults.ts';
import { simulate } from './run.ts';

describe('every batch ends as it should, whatever happens', () => {
  it.each([[[]], ...FAULT_KINDS.map((kind) => [[kind]])])('faults: %j', async (faults) => {
    expect(await failuresOf(1, 40, () => faults)).toEqual([]);
  });

  it('the same seed plays the same way', async () => {
    const [first, second] = [
      await simulate({ seed: 7, faults: FAULT_KINDS }),
      await simulate({ seed: 7, faults: FAULT_KINDS }),
    ];
    expect(second).toEqual(first);
  });
});
