// Every broken build of mutations.ts must breach the invariant that it names, and the same seed must be
// sound without it. What is caught is shrunk to little, and plays again from what is left.
import { expect, it } from 'vitest';
import { catchMutation, SEEDS_MAX } from './catch.ts';
import { MUTATIONS } from './mutations.ts';
import { simulate } from './run.ts';
import { codesOf, shrink } from './shrink.ts';

const INVARIANTS = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10'];

it('there is a broken build for every invariant', () => {
  expect(new Set(MUTATIONS.map(({ invariant }) => invariant))).toEqual(new Set(INVARIANTS));
});

it.each(MUTATIONS.map((mutation) => [mutation.invariant, mutation.name, mutation] as const))(
  '%s is breached when %s',
  async (invariant, _, mutation) => {
    const report = await catchMutation(mutation);
    expect(report, `not seen within ${SEEDS_MAX} seeds`).not.toBeNull();
    expect(codesOf(report!)).toContain(invariant);
    const sound = await simulate({ seed: report!.seed, faults: mutation.faults });
    expect(sound.breaches).toEqual([]);
  },
);

it('a schedule that fails is shrunk to the faults that it needs', async () => {
  const mutation = MUTATIONS.find(({ invariant }) => invariant === 'I7')!;
  const options = { seed: 0, faults: ['death', 'io', 'lie', 'clock'], mutation } as const;
  let failed = await simulate(options);
  let { seed } = options as { seed: number };
  while (!codesOf(failed).has('I7') || failed.injected.length < 5) {
    seed += 1;
    failed = await simulate({ ...options, seed });
  }
  const { report, only, omit } = await shrink({ ...options, seed }, failed);
  expect(only.size).toBeLessThanOrEqual(2);
  const again = await simulate({ ...options, seed, only, omit });
  expect(again.breaches).toEqual(report.breaches);
});
