import {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { batchSchema } from '../../agents/protocol/batch.ts';
import { planText } from '../helpers/plan-text.ts';
import { openHouse } from './house.ts';
import type { House, Ran } from './house.ts';
import { submitSchema } from './schemas.ts';

let house: House;
beforeEach(() => {
  house = openHouse();
});
afterEach(() => house.close());

const PLAN = planText({ a: { command: 'true' }, b: { command: 'true', depends_on: 'a' } });

/** A plan folder outside of shared/. */
function outside(files: Readonly<Record<string, string>>, name = 'films'): string {
  const folder = join(realpathSync(house.root), 'elsewhere', name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const submittedPlans = (): string[] =>
  readdirSync(join(house.shared, 'inbox'))
    .filter((name) => !name.startsWith('.'))
    .map((name) => batchSchema.parse(JSON.parse(house.read(`inbox/${name}/batch.json`))).plan)
    .toSorted();

const refusal = (ran: Ran): string => {
  expect(ran.code, ran.err).toBe(2);
  expect(submittedPlans()).toEqual([]);
  return ran.err.trimEnd();
};

describe('a plan from outside', () => {
  const files = {
    'plan.md': PLAN,
    'scripts/run.sh': '#!/bin/sh\n',
    'batches/old/x': 'not taken along',
  };

  it('is copied once, is used again while it is the same, and never replaces another', async () => {
    const folder = outside(files);
    const first = await house.tutti('submit', folder);
    expect(first.err).toContain('imported as plan films\n');
    expect(house.read('plans/films/scripts/run.sh')).toBe('#!/bin/sh\n');
    expect(house.has('plans/films/batches')).toBe(false);

    const again = await house.tutti('submit', `${folder}/plan.md`, '--json');
    expect(submitSchema.parse(JSON.parse(again.out))).toMatchObject({
      plan: 'films',
      import: 'reused',
    });

    writeFileSync(join(folder, 'scripts/run.sh'), '#!/bin/sh\necho new\n');
    const changed = await house.tutti('submit', folder);
    const renamed = /imported as plan (films-[a-z0-9]{6}): another plan has its name/.exec(
      changed.err,
    )?.[1];
    expect(house.read('plans/films/scripts/run.sh')).toBe('#!/bin/sh\n');
    expect(house.read(`plans/${renamed!}/scripts/run.sh`)).toBe('#!/bin/sh\necho new\n');
    const once = await house.tutti('submit', folder, '--json');
    expect(submitSchema.parse(JSON.parse(once.out))).toMatchObject({
      plan: renamed,
      import: 'renamed',
    });
    expect(readdirSync(join(house.shared, 'plans')).toSorted()).toEqual(['films', renamed]);
    expect(submittedPlans()).toEqual(['films', 'films', renamed, renamed]);
    expect(readdirSync(join(house.shared, 'inbox/.staging'))).toEqual([]);
  });

  it('that changed cannot resume a batch of the one that has its name', async () => {
    const folder = outside(files);
    await house.tutti('submit', folder);
    const old = 'films-20260102-030405-aaaaa';
    house.write(`plans/films/batches/${old}/batch.json`, '{}');
    writeFileSync(join(folder, 'scripts/run.sh'), '#!/bin/sh\necho new\n');
    const { code, err } = await house.tutti('submit', folder, '--resume', old);
    expect(code).toBe(2);
    expect(err).toContain(`batch ${old} is one of plan films, not of films-`);
    expect(submittedPlans()).toEqual(['films']);
  });

  it('may be a single .md file with its scripts beside it, under a name of its own', async () => {
    const folder = outside({ 'night.md': PLAN, 'scripts/run.sh': 'x', 'private.txt': 'not taken' });
    const { err } = await house.tutti('submit', join(folder, 'night.md'), '--name', 'day');
    expect(err).toContain('imported as plan day\n');
    expect(readdirSync(join(house.shared, 'plans/day')).toSorted()).toEqual(['plan.md', 'scripts']);
  });

  it('in shared/plans itself is no import', async () => {
    house.write('plans/demo/plan.md', PLAN);
    const { err } = await house.tutti('submit', join(house.shared, 'plans/demo'));
    expect(err).not.toContain('import');
    expect(submittedPlans()[0]).toBe('demo');
  });

  it('keeps bytes and modes as they are, and follows a link that stays inside', async () => {
    const folder = outside({ ...files, 'lib/data': 'x' });
    const bytes = Buffer.from([0, 255, 254, 10]);
    writeFileSync(join(folder, 'lib/blob.bin'), bytes, { mode: 0o755 });
    symlinkSync('../lib/data', join(folder, 'scripts/linked'));
    expect((await house.tutti('submit', folder)).code).toBe(0);
    expect(readFileSync(join(house.shared, 'plans/films/lib/blob.bin'))).toEqual(bytes);
    expect(house.read('plans/films/scripts/linked')).toBe('x');
  });

  it('with a link that leaves the folder is refused', async () => {
    const folder = outside(files);
    symlinkSync('/etc/passwd', join(folder, 'scripts/secret'));
    expect(refusal(await house.tutti('submit', folder))).toBe(
      `the plan ${folder} cannot be imported: scripts/secret is a symbolic link that leaves the folder [PLAN_IMPORT_REFUSED]\n` +
        '    A plan folder holds plan.md and the scripts it needs; large data stays outside and is passed by path.',
    );
    expect(house.has('plans/films')).toBe(false);
  });

  it('whose folder has an odd name needs a name', async () => {
    const folder = outside(files, 'my films');
    expect(refusal(await house.tutti('submit', folder))).toContain(
      'the plan name "my films" is refused',
    );
    expect((await house.tutti('submit', folder, '--name', 'films')).code).toBe(0);
  });

  it('with errors is not imported', async () => {
    const folder = outside({ 'plan.md': '# nothing\n' });
    expect(refusal(await house.tutti('submit', folder))).toContain('[PLAN_TASKS_MISSING]');
    expect(house.has('plans/films')).toBe(false);
  });
});
