// docs/RELIABILITY.md says what the records of the tests say, and nothing else.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readEvidence } from '../scripts/docs/evidence.ts';
import { renderReliability } from '../scripts/docs/reliability.ts';
import { ROOT } from './tidy/tree.ts';

const FOLDER = join(ROOT, 'docs/reliability');

it('docs/RELIABILITY.md is what `npm run docs` writes', async () => {
  const page = readFileSync(join(ROOT, 'docs/RELIABILITY.md'), 'utf8');
  expect(page).toBe(renderReliability(await readEvidence(FOLDER)));
});

it('names only tests that are there', async () => {
  const { tests } = await readEvidence(FOLDER);
  const { rows } = JSON.parse(tests!) as { rows: { file: string; test: string }[] };
  expect(rows.length).toBeGreaterThan(0);
  for (const { file, test } of rows) {
    expect(existsSync(join(ROOT, file)), file).toBe(true);
    const title = test.split(' > ').at(-1)!;
    expect(readFileSync(join(ROOT, file), 'utf8')).toContain(title);
  }
});

it('has no section without a record, and shows a breach', () => {
  const none = { tests: null, crash: null, soak: null, sim: null };
  expect(renderReliability(none)).not.toContain('## Crash points');
  const crash = {
    date: '2026-11-26',
    known: 9,
    deaths: 2,
    halves: 1,
    stalls: 0,
    missed: 0,
    steps: [{ process: 'brain', step: 'release', deaths: 2, halves: 1, stalls: 0, breached: 1 }],
    breaches: ['brain:7:half: lost'],
  };
  const page = renderReliability({ ...none, crash: JSON.stringify(crash) });
  expect(page).toContain('a sample: 2 of 9 points');
  expect(page).toContain('**1 breach**');
  expect(page).toContain('| brain | release | 2 | 1 | 0 | 1 |');
});
