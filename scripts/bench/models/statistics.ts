// Medians with their spread, and when two of them differ. Pure.

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Null where a sample is missing: half a measurement is none. */
export function spreadOf(samples: readonly (number | null)[]): Spread | null {
  const known = samples.filter((sample) => sample !== null).toSorted((a, b) => a - b);
  if (known.length === 0 || known.length < samples.length) return null;
  const middle = known.length / 2;
  const median = (known[Math.ceil(middle) - 1]! + known[Math.floor(middle)]!) / 2;
  return { median, min: known[0]!, max: known.at(-1)! };
}

/** In percent of the first; 0 while the ranges overlap: then nothing was shown. */
export function differencePercent(a: Spread, b: Spread): number {
  if (a.min <= b.max && b.min <= a.max) return 0;
  return (100 * (b.median - a.median)) / a.median;
}
