// Plays a row of seeds and answers what was wrong, with how to play it again.
import type { FaultKind } from './faults.ts';
import { renderReport } from './report.ts';
import { simulate } from './run.ts';

export async function failuresOf(
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
