// What `tutti doctor` found out about one property of a mount. `refused`: tutti is not safe on it.

export interface Check {
  readonly check: string;
  readonly result: 'ok' | 'warning' | 'refused';
  readonly found: string;
  /** What to do; null where nothing is to be done. */
  readonly advice: string | null;
}

export const ok = (check: string, found: string): Check => ({
  check,
  result: 'ok',
  found,
  advice: null,
});
export const warning = (check: string, found: string, advice: string): Check => ({
  check,
  result: 'warning',
  found,
  advice,
});
export const refused = (check: string, found: string, advice: string): Check => ({
  check,
  result: 'refused',
  found,
  advice,
});
