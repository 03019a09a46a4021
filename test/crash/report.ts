// What a run of all crash points says, for people and as JSON.
import { nameOf } from './campaign.ts';
import type { Result } from './campaign.ts';

export interface StepFigures {
  readonly process: string;
  readonly step: string;
  /** At how many operations the process died, and how many of these writes were cut in half. */
  readonly deaths: number;
  readonly halves: number;
  /** At how many it stalled and was replaced. */
  readonly stalls: number;
  readonly missed: number;
  readonly breached: number;
}

export interface CrashReport {
  readonly schema: 'tutti.crash/1';
  readonly date: string;
  readonly seconds: number;
  /** Points that the undisturbed plays have; a sample plays fewer. */
  readonly known: number;
  readonly deaths: number;
  readonly halves: number;
  readonly stalls: number;
  readonly missed: number;
  readonly steps: readonly StepFigures[];
  readonly breaches: readonly string[];
}

function figuresOf(group: readonly Result[]): Omit<StepFigures, 'process' | 'step'> {
  const count = (is: (one: Result) => boolean): number => group.filter(is).length;
  return {
    deaths: count(({ is, fate }) => is !== 'missed' && fate === 'dies'),
    halves: count(({ is, point }) => is !== 'missed' && point.moment === 'half'),
    stalls: count(({ is, fate }) => is !== 'missed' && fate === 'stalls'),
    missed: count(({ is }) => is === 'missed'),
    breached: count(({ is }) => is === 'breached'),
  };
}

export function reportOf(
  results: readonly Result[],
  known: number,
  date: string,
  seconds: number,
): CrashReport {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const key = `${result.victim}\n${result.step}`;
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  const steps = [...groups.values()].map((group): StepFigures => {
    const { victim: process, step } = group[0]!;
    return { process, step, ...figuresOf(group) };
  });
  const { deaths, halves, stalls, missed } = figuresOf(results);
  return {
    schema: 'tutti.crash/1',
    date,
    seconds: Math.round(seconds),
    known,
    deaths,
    halves,
    stalls,
    missed,
    steps: steps.toSorted((a, b) =>
      `${a.process} ${a.step}`.localeCompare(`${b.process} ${b.step}`),
    ),
    breaches: results.filter(({ is }) => is === 'breached').map(renderResult),
  };
}

export const renderResult = (result: Result): string => {
  const { point, step, problem } = result;
  return `${nameOf(result)} (${step}: ${point.kind} ${point.path}): ${problem}`;
};

export function renderReport(report: CrashReport): string {
  const { steps, known, deaths, halves, stalls, missed, seconds, breaches } = report;
  const rows = steps.map(({ process, step, ...figures }) => {
    const counts = [figures.deaths, figures.halves, figures.stalls, figures.breached];
    return `${process.padEnd(8)} ${step.padEnd(32)} ${counts.map((count) => String(count).padStart(6)).join(' ')}`;
  });
  return [
    `process  ${'step'.padEnd(32)} deaths halves stalls breached`,
    ...rows,
    ...breaches,
    `of ${known} points: ${deaths} deaths (${halves} of them in half a write) and ${stalls} stalls in ${seconds} s; ` +
      `${missed} points not reached; ${breaches.length} breaches`,
  ].join('\n');
}
