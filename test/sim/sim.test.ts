// The short form of the simulator: every kind of fault alone, then mixtures. A failure prints the seed and
// how to play it again.
import { describe, expect, it } from 'vitest';
import { FAULT_KINDS } from './faults.ts';
import type { FaultKind } from './faults.ts';
import { renderReport } from './report.ts';
import { simulate } from './run.ts';
import { kindsOf } from './scenario.ts';

async function failuresOf(
  from: number,
  count: number,
  faultsOf: (seed: number) => readonly FaultKind[],
): Promise<string[]> {
  const found: string[] = [];
  for (let seed = from; seed < from + count; seed++) {
    const report = await simulate({ seed, faults: faultsOf(seed) });
    if (report.breaches.length === 0) continue;
    found.push(renderReport(report, report.kinds, ['--together']));
  }
  return found;
}

describe('every batch ends as it should, whatever happens', () => {
  it.each([[[]], ...FAULT_KINDS.map((kind) => [[kind]])])('faults: %j', async (faults) => {
    expect(await failuresOf(1, 12, () => faults)).toEqual([]);
  });

  it('mixtures of faults', async () => {
    expect(await failuresOf(1000, 150, (seed) => kindsOf(seed, FAULT_KINDS))).toEqual([]);
  });

  it('the same seed plays the same way', async () => {
    const [first, second] = [
      await simulate({ seed: 7, faults: FAULT_KINDS }),
      await simulate({ seed: 7, faults: FAULT_KINDS }),
    ];
    expect(second).toEqual(first);
  });
});
