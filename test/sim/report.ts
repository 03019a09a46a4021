// How a failure reads: what was broken, by which faults, after which operations, and how to see it again.
import type { FaultKind } from './faults.ts';
import type { Report } from './run.ts';

const indent = (lines: readonly string[]): string => lines.map((line) => `    ${line}`).join('\n');

/** `flags`: what else the play was given. */
export function renderReport(
  report: Report,
  allowed: readonly FaultKind[],
  flags: readonly string[] = [],
): string {
  const { seed, kinds, breaches, operations, virtualMs, injected } = report;
  const again = ['--seed', seed, '--faults', allowed.join(',') || 'none', ...flags];
  return [
    `seed ${seed}: ${breaches.length} breaches after ${operations} operations, ${Math.round(virtualMs)} ms`,
    indent(breaches),
    `  faults of this seed: ${kinds.join(', ') || 'none'}; ${injected.length} played:`,
    indent(injected.map(({ text }) => text)),
    `  last operations:`,
    indent(report.lastOperations),
    `  again: npm run sim -- ${again.join(' ')}`,
    '',
  ].join('\n');
}
