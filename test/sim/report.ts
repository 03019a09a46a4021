// How a failure reads: what was broken, by which faults, after which operations, and how to see it again.
import type { FaultKind } from './faults.ts';
import type { Report } from './run.ts';

const indent = (lines: readonly string[]): string => lines.map((line) => `    ${line}`).join('\n');

export function renderReport(report: Report, faults: readonly FaultKind[]): string {
  const { seed, breaches, operations, virtualMs } = report;
  return [
    `seed ${seed}: ${breaches.length} breaches after ${operations} operations, ${Math.round(virtualMs)} ms`,
    indent(breaches),
    '  faults:',
    indent(report.faults),
    `  last operations:`,
    indent(report.lastOperations),
    `  again: npm run sim -- --seed ${seed} --faults ${faults.join(',') || 'none'}`,
    '',
  ].join('\n');
}
