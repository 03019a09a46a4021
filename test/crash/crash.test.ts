// A sample of the crash points: `npm run crash` plays them all.
import { expect, it } from 'vitest';
import { nameOf, sampleOf, strikeAll, survey } from './campaign.ts';
import type { Target } from './campaign.ts';
import { renderResult } from './report.ts';

const JOBS = 3;
const DEATHS = 6;
const STALLS = 2;

it('ends with the same tasks whatever operation a process dies or stalls at', async () => {
  const deaths = await Promise.all([
    survey('brain', 'dies'),
    survey('gpu-1', 'dies'),
    survey('launch', 'dies'),
  ]);
  const stalls = await survey('brain', 'stalls');
  const all: readonly Target[] = [...deaths.flat(), ...stalls];
  // A step that nobody has named would be missing from the matrix.
  expect(all.filter(({ step }) => step === 'other').map(({ point }) => point)).toEqual([]);
  const targets = [...sampleOf(deaths.flat(), DEATHS), ...sampleOf(stalls, STALLS)];
  const results = await strikeAll(targets, JOBS);
  process.stdout.write(
    `crash points: ${results.length} of ${all.length} played: ${targets.map(nameOf).join(', ')}\n`,
  );
  expect(results.filter(({ is }) => is === 'breached').map(renderResult)).toEqual([]);
}, 180_000);
