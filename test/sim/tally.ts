// What a run of many seeds shows, for people and as JSON: how much was played, how often each kind of fault,
// and what was breached.
import { FAULT_KINDS } from './faults.ts';
import type { FaultKind } from './faults.ts';
import type { Report } from './run.ts';

export interface FaultTally {
  /** Schedules that could meet this fault. */
  schedules: number;
  injections: number;
  /** Schedules with this fault in which an invariant was breached. */
  breaches: number;
}

export interface Tally {
  schedules: number;
  operations: number;
  readonly faults: Record<FaultKind, FaultTally>;
}

export const openTally = (): Tally => ({
  schedules: 0,
  operations: 0,
  faults: Object.fromEntries(
    FAULT_KINDS.map((kind) => [kind, { schedules: 0, injections: 0, breaches: 0 }]),
  ) as Record<FaultKind, FaultTally>,
});

export function countReport(tally: Tally, report: Report): void {
  tally.schedules += 1;
  tally.operations += report.operations;
  for (const kind of report.kinds) {
    const own = tally.faults[kind];
    own.schedules += 1;
    own.injections += report.counts.get(kind) ?? 0;
    if (report.breaches.length > 0) own.breaches += 1;
  }
}

export function addTally(sum: Tally, more: Tally): void {
  sum.schedules += more.schedules;
  sum.operations += more.operations;
  for (const kind of FAULT_KINDS) {
    const [to, from] = [sum.faults[kind], more.faults[kind]];
    to.schedules += from.schedules;
    to.injections += from.injections;
    to.breaches += from.breaches;
  }
}

export const renderTally = ({ faults }: Tally): string =>
  FAULT_KINDS.filter((kind) => faults[kind].schedules > 0)
    .map((kind) => {
      const { schedules, injections, breaches } = faults[kind];
      return `  ${kind.padEnd(9)} ${schedules} schedules, ${injections} injections, ${breaches} with a breach`;
    })
    .join('\n');
