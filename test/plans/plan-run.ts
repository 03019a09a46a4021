// Runs the scripts of the bundled plan as tutti would: a real process each, and a file of items per child.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT: string = fileURLToPath(new URL('../..', import.meta.url));
export const PLAN: string = join(PROJECT, 'shared/plans/license_inventory');

export interface Item {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly path: string;
  readonly also_at?: readonly string[];
}

export interface LicenseRecord extends Item {
  readonly license: string;
  readonly source: string | null;
  readonly conflict?: true;
  readonly evidence: readonly { readonly file: string; readonly says: string }[];
  readonly license_file?: string;
  readonly copyright: readonly string[];
  readonly repository?: string;
  readonly texts: readonly { readonly file: string; readonly role: string }[];
}

export interface Manifest {
  readonly packages: readonly Item[];
  readonly skipped: readonly { readonly path: string; readonly why: string }[];
}

export interface Licenses extends Manifest {
  readonly totals: Readonly<Record<string, number>>;
  readonly by_license: Readonly<Record<string, number>>;
  readonly packages: readonly LicenseRecord[];
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function runScript(script: string, ...args: readonly string[]): Ended {
  const file = join(PLAN, 'scripts', `${script}.mjs`);
  const ended = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8', timeout: 60_000 });
  return { code: ended.status, stdout: ended.stdout, stderr: ended.stderr };
}

function mustRun(script: string, ...args: readonly string[]): void {
  const { code, stderr } = runScript(script, ...args);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

export interface Inventory {
  readonly manifest: Manifest;
  readonly licenses: Licenses;
  readonly notices: string;
  readonly summary: string;
}

export function inspectAndAggregate(root: string, batch: string, batchSize: number): Inventory {
  const manifest = readJson(join(batch, 'manifest.json')) as Manifest;
  for (let at = 0; at < manifest.packages.length; at += batchSize) {
    const items = join(batch, `items-${at}.json`);
    writeFileSync(items, JSON.stringify(manifest.packages.slice(at, at + batchSize)));
    mustRun('inspect', '--root', root, '--items', items, '--results', join(batch, 'results'));
  }
  const out = join(batch, 'output');
  const results = join(batch, 'results');
  mustRun(
    'aggregate',
    '--manifest',
    join(batch, 'manifest.json'),
    '--results',
    results,
    '--out',
    out,
  );
  return {
    manifest,
    licenses: readJson(join(out, 'licenses.json')) as Licenses,
    notices: readFileSync(join(out, 'THIRD_PARTY_NOTICES.md'), 'utf8'),
    summary: readFileSync(join(out, 'SUMMARY.md'), 'utf8'),
  };
}

/** The whole plan on one folder; `batch` is made when it is not there. */
export function takeInventory(root: string, batch: string, batchSize = 20): Inventory {
  mkdirSync(batch, { recursive: true });
  mustRun('scan', '--root', root, '--out', join(batch, 'manifest.json'));
  return inspectAndAggregate(root, batch, batchSize);
}
