// What a measurement becomes: one row of the table, with its spread, and its ratio to something that was
// measured on the same machine in the same minutes. Pure.

export interface Ratio {
  readonly value: number;
  /** What it was divided by: `xargs -P2`. */
  readonly of: string;
}

export interface Row {
  /** The letter of the scenario, `limit`, or the name of a peer. */
  readonly scenario: string;
  readonly what: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
  readonly ratio: Ratio | null;
  /** The bound that docs/PERFORMANCE.md promises, and whether the median keeps it. */
  readonly target: { readonly text: string; readonly isMet: boolean } | null;
}

/** The value below which `share` of the sample lies: nearest rank, so that it is one that was seen. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) throw new Error('a quantile of nothing');
  return value;
}

/** The middle, or the mean of the two that are. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  if (low === undefined || high === undefined) throw new Error('a median of nothing');
  return (low + high) / 2;
}

export interface Measured {
  readonly scenario: string;
  readonly what: string;
  readonly unit: string;
  /** One value per run. */
  readonly values: readonly number[];
  readonly ratio?: Ratio;
  readonly atMost?: number;
  readonly atLeast?: number;
  /** The target is one of the ratio, not of the value. */
  readonly isRatioBound?: boolean;
}

export function rowOf(measured: Measured): Row {
  const { scenario, what, unit, values, ratio = null } = measured;
  const middle = median(values);
  return {
    scenario,
    what,
    unit,
    median: middle,
    min: Math.min(...values),
    max: Math.max(...values),
    runs: values.length,
    ratio,
    target: targetOf(measured, middle),
  };
}

function targetOf(measured: Measured, middle: number): Row['target'] {
  const { atMost, atLeast, isRatioBound = false, ratio, unit } = measured;
  const value = isRatioBound ? ratio!.value : middle;
  const shown = isRatioBound ? ` × ${ratio!.of}` : ` ${unit}`;
  if (atMost !== undefined) return { text: `≤ ${atMost}${shown}`, isMet: value <= atMost };
  if (atLeast !== undefined) return { text: `≥ ${atLeast}${shown}`, isMet: value >= atLeast };
  return null;
}

/** The ratio of two series that were measured in turns: the median of the ratios of neighbours. */
export const pairedRatio = (
  values: readonly number[],
  against: readonly number[],
  of: string,
): Ratio => ({ value: median(values.map((value, index) => value / against[index]!)), of });
