// Looks for the first seed at which a broken build is caught.
import { MUTATIONS } from './mutations.ts';
import type { Mutation } from './mutations.ts';
import { simulate } from './run.ts';
import type { Report } from './run.ts';
import { codesOf } from './shrink.ts';

export interface Caught {
  readonly mutation: string;
  readonly invariant: string;
  /** Null: not within SEEDS_MAX seeds. */
  readonly caughtAtSeed: number | null;
}

export const SEEDS_MAX = 200;

export async function catchMutation(mutation: Mutation): Promise<Report | null> {
  const { faults, invariant } = mutation;
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const report = await simulate({ seed, faults, mutation });
    if (codesOf(report).has(invariant)) return report;
  }
  return null;
}

export async function catchAll(): Promise<Caught[]> {
  const results: Caught[] = [];
  for (const mutation of MUTATIONS) {
    const report = await catchMutation(mutation);
    const { name, invariant } = mutation;
    results.push({ mutation: name, invariant, caughtAtSeed: report?.seed ?? null });
  }
  return results;
}
