import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { planText } from '../helpers/plan-text.ts';
import { openHouse } from './house.ts';
import type { House } from './house.ts';
import { gcSchema } from './schemas.ts';
import { stage } from './stage.ts';
import type { Scene } from './stage.ts';

const PLAN = planText({ scan: { command: 'true' }, report: { command: 'true' } });
const idOf = (n: number): string => `demo-2026010${n}-030405-aaaa${n}`;

let house: House;
beforeEach(() => {
  house = openHouse();
});
afterEach(() => house.close());

function closed(n: number, plan = 'demo'): Scene {
  const scene = stage(house, PLAN, { id: idOf(n), plan });
  scene.complete('scan');
  scene.failed('report', 'failed', 3);
  scene.close({ verdict: 'failed' });
  return scene;
}

const batches = (folder = 'batches'): string[] =>
  readdirSync(join(house.shared, 'plans/demo', folder)).toSorted();
const lanes = (): string[] =>
  ['complete', 'failed'].flatMap((lane) => readdirSync(join(house.shared, 'tasks', lane)));

it('--dry-run tells what would go, and touches nothing', async () => {
  closed(1);
  const { code, out } = await house.tutti('gc', '--dry-run');
  expect(code).toBe(0);
  expect(out).toBe(`  ${idOf(1)}  demo  failed\nwould archive 1 closed batch\n`);
  expect(batches()).toEqual([idOf(1)]);
});

it('archives closed batches with their lanes, by renames', async () => {
  closed(1);
  const { out } = await house.tutti('gc');
  expect(out).toContain('archived 1 closed batch\n');
  expect(batches()).toEqual([]);
  expect(lanes()).toEqual([]);
  expect(readdirSync(join(house.shared, `plans/demo/archive/${idOf(1)}`)).toSorted()).toEqual([
    'RUN_SUMMARY.json',
    'batch.json',
    'plan.md',
    'tasks',
  ]);
  expect(readdirSync(join(house.shared, `plans/demo/archive/${idOf(1)}/tasks/complete`))).toEqual([
    'scan.a1f0l0n0.json',
  ]);
  expect((await house.tutti('status')).out).not.toContain(idOf(1));
  expect((await house.tutti('gc')).out).toBe('archived 0 closed batches\n');
});

it('leaves alone what is open, what an open batch builds on, what is young and what is to be kept', async () => {
  closed(1);
  closed(2);
  closed(3);
  stage(house, PLAN, { id: idOf(4), resume_of: idOf(1) });
  const young = stage(house, PLAN, { id: idOf(5) });
  young.close({ finished_at: new Date().toISOString() });
  const asked = async (...args: string[]): Promise<string[]> =>
    gcSchema
      .parse(JSON.parse((await house.tutti('gc', '--dry-run', '--json', ...args)).out))
      .batches.map(({ batch }) => batch);
  expect(await asked()).toEqual([idOf(2), idOf(3)]);
  expect(await asked('--keep', '3')).toEqual([idOf(2)]);
  expect(await asked('--older-than', '0s')).toEqual([idOf(2), idOf(3), idOf(5)]);
});

it('goes on where a crash between two renames left it', async () => {
  closed(1);
  // The lanes had been gathered, the folder had not moved.
  await house.tutti('gc');
  stage(house, PLAN, { id: idOf(2) }).close();
  house.write(`tasks/failed/${idOf(2)}/report.a1f0l0n0.failed.json`, {});
  await house.tutti('gc');
  expect(batches('archive')).toEqual([idOf(1), idOf(2)]);
  expect(lanes()).toEqual([]);
});

it('deletes only with --yes', async () => {
  closed(1);
  const timid = await house.tutti('gc', '--delete');
  expect(timid.out).toContain('would delete 1 closed batch\n');
  expect(timid.err).toBe('nothing was deleted: add --yes\n');
  expect(batches()).toEqual([idOf(1)]);
  const { out } = await house.tutti('gc', '--delete', '--yes');
  expect(out).toContain('deleted 1 closed batch\n');
  expect([...batches(), ...lanes()]).toEqual([]);
  expect(readdirSync(join(house.shared, 'inbox/.staging'))).toEqual([]);
});

it('refuses an age that is none', async () => {
  const { code, err } = await house.tutti('gc', '--older-than', 'soon');
  expect(code).toBe(2);
  expect(err).toContain("argument 'soon' is invalid. Expected a time such as 12h or 7d.");
});
