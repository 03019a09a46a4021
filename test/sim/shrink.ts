// Makes a failing schedule small: faults are left out in halves, quarters and single ones as long as the same
// invariant is breached, and then tasks of the plans. What is left is what the failure needs.
import { simulate } from './run.ts';
import type { Report } from './run.ts';
import type { SimulationOptions } from './simulation.ts';
import { inventPlays } from './workload.ts';

export interface Shrunk {
  readonly report: Report;
  readonly only: ReadonlySet<string>;
  readonly omit: ReadonlySet<string>;
  readonly runs: number;
}

const RUNS_MAX = 300;

/** `I5`, or the whole text of what nobody expected: a shrunk failure must be the same one. */
export const codeOf = (breach: string): string =>
  /\bI\d+\b/.exec(breach)?.[0] ?? breach.replace(/^[\d.]+ /, '').slice(0, 40);

export const codesOf = (report: Report): Set<string> => new Set(report.breaches.map(codeOf));

class Shrinking {
  report: Report;
  only: Set<string>;
  omit = new Set<string>();
  runs = 0;
  private readonly options: SimulationOptions;
  private readonly code: string;

  constructor(options: SimulationOptions, failed: Report) {
    this.options = options;
    this.report = failed;
    this.code = codeOf(failed.breaches[0]!);
    this.only = keysOf(failed);
  }

  async faults(): Promise<void> {
    for (let parts = 2; this.only.size > 0;) {
      const keys = [...this.only];
      const size = Math.ceil(keys.length / parts);
      let isSmaller = false;
      for (let from = 0; from < keys.length && !isSmaller; from += size) {
        const rest = [...keys.slice(0, from), ...keys.slice(from + size)];
        isSmaller = await this.try(new Set(rest), this.omit);
      }
      if (this.runs >= RUNS_MAX) return;
      if (isSmaller) parts = Math.max(2, parts - 1);
      else if (size === 1) return;
      else parts = Math.min(keys.length, parts * 2);
    }
  }

  /** From the last to the first: what depends on a task goes with it. */
  async tasks(): Promise<void> {
    for (const plan of ['plan1', 'plan0']) {
      for (const name of [plan, ...[4, 3, 2, 1, 0].map((n) => `${plan}/t${n}`)]) {
        const omit = new Set([...this.omit, name]);
        const isLeft = inventPlays(this.options.seed, omit).length > 0;
        if (this.runs < RUNS_MAX && isLeft) await this.try(this.only, omit);
      }
    }
  }

  private async try(only: Set<string>, omit: Set<string>): Promise<boolean> {
    this.runs += 1;
    const report = await simulate({ ...this.options, only, omit });
    if (!codesOf(report).has(this.code)) return false;
    this.report = report;
    // A fault of the list whose operation never came is none.
    const played = keysOf(report);
    this.only = new Set([...only].filter((key) => played.has(key)));
    this.omit = omit;
    return true;
  }
}

/** Caches and bells are left out as a whole; the faults of operations and moments one by one. */
function keysOf({ injected, kinds }: Report): Set<string> {
  const keys = new Set(injected.map(({ key }) => key));
  if (kinds.includes('deaf')) keys.add('deaf');
  if (kinds.includes('stale')) for (const host of ['ant', 'bee', 'cat']) keys.add(`stale ${host}`);
  return keys;
}

/** `options` are those of the play that failed. */
export async function shrink(options: SimulationOptions, failed: Report): Promise<Shrunk> {
  const shrinking = new Shrinking(options, failed);
  await shrinking.faults();
  await shrinking.tasks();
  await shrinking.faults();
  const { report, only, omit, runs } = shrinking;
  return { report, only, omit, runs };
}
