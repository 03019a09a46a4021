// The bundled plan does a real job on folders that nobody tidied up: its scripts run as processes on a
// node_modules of odd packages, and on the one of this project.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ODD_PACKAGES } from './odd-packages.ts';
import type { OddPackage } from './odd-packages.ts';
import { mit } from './license-texts.ts';
import { PROJECT, inspectAndAggregate, runScript, takeInventory } from './plan-run.ts';
import type { Inventory, LicenseRecord } from './plan-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'tutti-licenses-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function makePackage(
  modules: string,
  { folder: name, files }: Pick<OddPackage, 'folder' | 'files'>,
) {
  for (const [file, content] of Object.entries(files)) {
    const isFields = typeof content === 'object' && !Buffer.isBuffer(content);
    const fields = { name, version: '1.0.0', ...(isFields ? content : {}) };
    put(join(modules, name, file), isFields ? JSON.stringify(fields) : content);
  }
}

const recordAt = ({ licenses }: Inventory, path: string): LicenseRecord => {
  const record = licenses.packages.find((one) => one.path === path);
  if (record === undefined) throw new Error(`no record of ${path}`);
  return record;
};

describe('on odd packages', () => {
  const project = join(folder, 'odd');
  const modules = join(project, 'node_modules');
  let inventory: Inventory;

  beforeAll(() => {
    for (const odd of ODD_PACKAGES) makePackage(modules, odd);
    put(join(project, 'secret.txt'), 'the secret of the host');
    // What is no package: an empty folder, a scope of nothing, a file, a link to nothing, a link to itself.
    mkdirSync(join(modules, 'empty'));
    mkdirSync(join(modules, '@nobody'));
    put(join(modules, 'a-file.js'), '');
    symlinkSync('gone', join(modules, 'dangling'));
    symlinkSync('circle', join(modules, 'circle'));
    // Files that must not be opened, or not be followed.
    makePackage(modules, { folder: 'pipe', files: { 'package.json': {} } });
    execFileSync('mkfifo', [join(modules, 'pipe/LICENSE')]);
    makePackage(modules, { folder: 'leak', files: { 'package.json': {} } });
    symlinkSync('../../secret.txt', join(modules, 'leak/LICENSE'));
    // A link back to the project, and a second name for a package.
    writeFileSync(join(project, 'package.json'), '{"name": "home", "license": "MIT"}');
    symlinkSync('..', join(modules, 'home'));
    symlinkSync('upper', join(modules, 'alias'));
    inventory = takeInventory(modules, join(folder, 'odd-batch'), 30);
  });

  it('has a record for each package, and only for packages', () => {
    const expected = [...ODD_PACKAGES.map((odd) => odd.folder), 'pipe', 'leak', 'home'];
    // `alias` comes before `upper` and is the first place where that package is seen.
    const paths = expected.map((path) => (path === 'upper' ? 'alias' : path));
    expect(inventory.licenses.packages.map(({ path }) => path).toSorted()).toEqual(
      paths.toSorted(),
    );
    expect(inventory.licenses.totals['packages']).toBe(expected.length);
    expect(recordAt(inventory, 'alias').also_at).toEqual(['upper']);
  });

  it.each(ODD_PACKAGES.map((odd) => [odd.folder, odd] as const))('%j', (path, odd) => {
    const record = recordAt(inventory, path === 'upper' ? 'alias' : path);
    expect({ license: record.license, source: record.source }).toEqual({
      license: odd.license,
      source: odd.source,
    });
    expect(record.conflict ?? false).toBe(odd.isConflict ?? false);
    expect(record.evidence.map(({ says }) => says).join('\n')).toContain(odd.says);
  });

  it('neither opens a pipe nor follows a link out of the package', () => {
    const saysOf = (path: string) => recordAt(inventory, path).evidence.map(({ says }) => says);
    expect(saysOf('pipe')).toContain('not a regular file');
    expect(saysOf('leak')).toContain('not read: it lies outside of the package');
    const everything = JSON.stringify(inventory);
    expect(everything).not.toContain('the secret of the host');
    expect(existsSync(join(project, 'pwned'))).toBe(false);
  });

  it('says what stood in a place of packages and was left out', () => {
    expect(inventory.manifest.skipped).toEqual([
      { path: 'circle', why: 'cannot be read (ELOOP)' },
      { path: 'dangling', why: 'a link to nothing' },
      { path: 'empty', why: 'it holds no package.json' },
    ]);
    expect(inventory.summary).toContain('- dangling: a link to nothing');
  });

  it('gives each package an id of its own that is a safe file name', () => {
    const ids = inventory.manifest.packages.map(({ id }) => id);
    expect(new Set(ids.map((id) => id.toLowerCase())).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[\w@][\w@+.~-]{0,120}$/);
    const results = readdirSync(join(folder, 'odd-batch/results'));
    expect(results.toSorted()).toEqual([...ids.map((id) => `${id}.json`), 'texts'].toSorted());
    expect(ids).toContain('@scope+inside@1.0.0');
  });

  it('lists what a person should look at', () => {
    const { licenses, summary } = inventory;
    const unknown = licenses.packages.filter(({ license }) => license === 'unknown');
    const conflicts = licenses.packages.filter(({ conflict }) => conflict === true);
    expect(licenses.totals).toMatchObject({ unknown: unknown.length, conflicts: conflicts.length });
    for (const { path } of [...unknown, ...conflicts]) {
      expect(summary).toContain(` in ${path}: `);
    }
    expect(Object.values(licenses.by_license).reduce((sum, count) => sum + count)).toBe(
      licenses.packages.length,
    );
  });

  it('prints each distinct text once, with the copyright lines at the packages', () => {
    const { notices } = inventory;
    const grants = notices.match(/The above copyright notice and this permission notice shall/g);
    // The plain text, that with the Commons Clause, with the bundled ISC, with the backticks, and the cut
    // one. The copies that are plain but for comment marks or an encoding share the first.
    expect(grants).toHaveLength(5);
    expect(notices).toContain('  - Copyright (c) 2020 Ada\n');
    expect(notices).toContain('This product includes software developed at Gil.');
    expect(notices).not.toContain('\nCopyright (c) 2020 Ada');
    expect(recordAt(inventory, 'text-gpl-3.0-only').copyright).toEqual([]);
    expect(recordAt(inventory, 'text-apache-2.0').copyright).toEqual([]);
  });

  it('lets no name or text become markup', () => {
    expect(inventory.notices).toContain('- \\*\\*b\\*\\* \\<i\\>\\[x\\](y)\\` 1 \\# 2 \\[');
    expect(inventory.notices).toContain('\n`````text\n');
  });

  it('gives the same bytes for the same packages, however they were shared out', () => {
    const again = takeInventory(modules, join(folder, 'odd-again'), 50);
    expect(again).toEqual(inventory);
    expect(JSON.stringify(again)).not.toContain(folder);
  });

  it('gives the same bytes when an attempt is repeated over what another left', () => {
    const batch = join(folder, 'odd-batch');
    const torn = join(batch, 'results', `${inventory.manifest.packages[0]!.id}.json`);
    writeFileSync(torn, '{"torn":');
    expect(inspectAndAggregate(modules, batch, 40)).toEqual(inventory);
    const left = readdirSync(batch, { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('finds the same packages from the project folder, at longer paths', () => {
    const { licenses } = takeInventory(project, join(folder, 'odd-project'), 50);
    const paths = licenses.packages.map(({ path }) => path.replace(/^node_modules\//, ''));
    expect(paths.toSorted()).toEqual(
      inventory.licenses.packages.map(({ path }) => path).toSorted(),
    );
  });
});

describe('on other layouts', () => {
  it('reads each package of pnpm once and ends in its circles of links', () => {
    const modules = join(folder, 'pnpm/node_modules');
    const store = (name: string): string => join(modules, `.pnpm/${name}@1.0.0/node_modules`);
    for (const name of ['a', 'b', '@s/c']) {
      const fields = { license: 'MIT' };
      makePackage(store(name.replace('/', '+')), {
        folder: name,
        files: { 'package.json': fields },
      });
    }
    symlinkSync('.pnpm/a@1.0.0/node_modules/a', join(modules, 'a'));
    symlinkSync('../../b@1.0.0/node_modules/b', join(store('a'), 'b'));
    symlinkSync('../../a@1.0.0/node_modules/a', join(store('b'), 'a'));
    const { licenses } = takeInventory(modules, join(folder, 'pnpm-batch'));
    expect(licenses.packages.map(({ name, path }) => [name, path])).toEqual([
      ['@s/c', '.pnpm/@s+c@1.0.0/node_modules/@s/c'],
      ['a', 'a'],
      ['b', '.pnpm/a@1.0.0/node_modules/b'],
    ]);
    expect(licenses.packages[1]!.also_at).toEqual([
      '.pnpm/a@1.0.0/node_modules/a',
      '.pnpm/b@1.0.0/node_modules/a',
    ]);
  });

  it('takes packages that lie side by side without a node_modules', () => {
    const vendor = join(folder, 'vendor');
    makePackage(vendor, { folder: 'one', files: { 'package.json': {}, LICENSE: mit() } });
    put(join(vendor, 'src/package.json'), '{"type": "module"}');
    const { licenses } = takeInventory(vendor, join(folder, 'vendor-batch'));
    expect(licenses.packages.map(({ name, license }) => [name, license])).toEqual([['one', 'MIT']]);
  });

  it('makes empty outputs that say so of a folder without packages', () => {
    const empty = join(folder, 'nothing/node_modules');
    mkdirSync(empty, { recursive: true });
    const { licenses, notices, summary } = takeInventory(empty, join(folder, 'nothing-batch'));
    expect(licenses).toEqual({
      v: 1,
      totals: { packages: 0, licenses: 0, unknown: 0, conflicts: 0 },
      by_license: {},
      packages: [],
      skipped: [],
    });
    expect(notices).toBe('# Third-party notices\n\nNo packages were found.\n');
    expect(summary).toBe('# Licences\n\nNo packages were found.\n');
  });
});

describe('refusals are one line and leave nothing', () => {
  const out = join(folder, 'refused/manifest.json');
  const advice = `choose the folder with --config '{"root": "<folder>"}'`;

  it.each([
    [
      ['--root', '/does/not/exist', '--out', out],
      `the folder "/does/not/exist" does not exist; ${advice}`,
    ],
    [['--root', '/dev/null', '--out', out], `"/dev/null" is not a folder; ${advice}`],
    [['--root', '/', '--uot', out], 'unknown option "--uot"; known: --root, --out'],
    [['--root', '/'], '--out is missing'],
    [['--out'], '--out needs a value'],
  ])('scan %j', (args, problem) => {
    const { code, stderr, stdout } = runScript('scan', ...args);
    expect({ code, stderr, stdout }).toEqual({ code: 1, stderr: `scan: ${problem}\n`, stdout: '' });
    expect(existsSync(out)).toBe(false);
  });

  it('aggregate without a result that the manifest promises', () => {
    const manifest = join(folder, 'promise.json');
    writeFileSync(manifest, '{"v":1,"packages":[{"id":"x@1"}],"skipped":[]}');
    const results = join(folder, 'no-results');
    const ended = runScript(
      'aggregate',
      '--manifest',
      manifest,
      '--results',
      results,
      '--out',
      results,
    );
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(
      /^aggregate: the result of x@1 cannot be used: ENOENT.*; run inspect again\n$/,
    );
  });
});

describe('on the packages of this project', () => {
  let inventory: Inventory;
  beforeAll(() => {
    inventory = takeInventory('', join(folder, 'own-batch'), 60);
  });

  it('finds what npm says is installed, and at least 200 of them', () => {
    const lock = readFileSync(join(PROJECT, 'node_modules/.package-lock.json'), 'utf8');
    const { packages } = JSON.parse(lock) as { packages: Record<string, unknown> };
    const installed = Object.keys(packages).filter((path) => existsSync(join(PROJECT, path)));
    const found = inventory.manifest.packages.map(({ path }) => `node_modules/${path}`);
    expect(found.toSorted()).toEqual(installed.toSorted());
    expect(found.length).toBeGreaterThanOrEqual(200);
  });

  it('knows the licence of all but very few, with evidence for each', () => {
    const { packages, totals } = inventory.licenses;
    expect(totals['unknown']).toBeLessThanOrEqual(2);
    for (const { evidence } of packages) expect(evidence.length).toBeGreaterThan(0);
    const licenseOf = (name: string) => packages.find((one) => one.name === name)?.license;
    expect(['typescript', 'esprima', 'knip', 'vitest'].map(licenseOf)).toEqual([
      'Apache-2.0',
      'BSD-2-Clause',
      'ISC',
      'MIT',
    ]);
  });
});
