// Every kind of fault beside others, as the long form plays them.
import { expect, it } from 'vitest';
import { failuresOf } from './failures.ts';
import { FAULT_KINDS } from './faults.ts';
import { kindsOf } from './scenario.ts';

const SHARES = 10;
const SEEDS_EACH = 160;
const FIRST = 1000;

it.each(Array.from({ length: SHARES }, (_, n) => FIRST + n * SEEDS_EACH))(
  'mixtures of faults, from seed %s',
  async (from) => {
    expect(await failuresOf(from, SEEDS_EACH, (seed) => kindsOf(seed, FAULT_KINDS))).toEqual([]);
  },
);
