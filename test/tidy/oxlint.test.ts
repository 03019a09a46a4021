// The linter's configuration, seen to fail: a small bad project is linted with the real .oxlintrc.json.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from './tree.ts';

const BAD: Readonly<Record<string, readonly string[]>> = {
  'agents/protocol/a.ts': [
    "import { readFile } from 'node:fs/promises';",
    "import { execa } from 'execa';",
    "import { x } from '../store/x.ts';",
    "import * as z from 'zod';",
    'export const a = [readFile, execa, x, z];',
  ],
  'agents/protocol/plan/b.ts': [
    "export { x } from '../../store/x.ts';",
    "export const y = import('../../store/x.ts');",
    "export { distance } from 'fastest-levenshtein';",
    "export { a } from '../a.ts';",
  ],
  'agents/store/x.ts': [
    "import { open } from 'node:fs/promises';",
    "import type { Clock } from '../process/clock.ts';",
    'export const x = 1;',
    'export const both = (clock: Clock): unknown => [open, clock];',
  ],
  'agents/process/clock.ts': ['export interface Clock { readonly now: number }'],
  'agents/gpu/c.ts': [
    "import { realpath } from '../brain/d.ts';",
    'export const c = realpath;',
    'export async function run(): Promise<number> { return await Promise.resolve(1); }',
    'run();',
    '[1].forEach(async () => { await run(); });',
    'const unused = 1;',
    'export function pick(word: "a" | "b"): void { switch (word) { case "a": void run(); break; } }',
    'export const never = async (): Promise<number> => 1;',
    'export const any = (value: any): boolean => value == null;',
  ],
  'agents/brain/d.ts': ['export const realpath = 1;'],
  'agents/launch/e.ts': [
    "import { f } from './f.ts';",
    'export const e = (): unknown => f;',
    'export default e;',
  ],
  'agents/launch/f.ts': ["import { e } from './e.ts';", 'export const f = (): unknown => e;'],
  'scripts/g.ts': [
    "import { x } from '../agents/store/x.ts';",
    "import 'undici';",
    'export const g = x;',
  ],
};

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutti-lint-'));
  for (const [path, lines] of Object.entries(BAD)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), `${lines.join('\n')}\n`);
  }
  await copyFile(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  await copyFile(join(ROOT, 'tsconfig.json'), join(folder, 'tsconfig.json'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
});

afterAll(() => rm(folder, { recursive: true }));

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

/** What oxlint reports, as `file:line rule`, sorted. The folders are named: it would follow node_modules. */
function lint(): Promise<string[]> {
  const binary = join(ROOT, 'node_modules/.bin/oxlint');
  const args = ['--type-aware', '-f', 'json', 'agents', 'scripts'];
  return new Promise((resolve) => {
    execFile(binary, args, { cwd: folder }, (_, stdout) => {
      const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] };
      const found = diagnostics.map(
        ({ code, filename, labels }) => `${filename}:${labels[0]?.span.line} ${code}`,
      );
      resolve([...new Set(found)].toSorted());
    });
  });
}

it('reports every rule it was configured for', async () => {
  expect(await lint()).toEqual([
    'agents/gpu/c.ts:1 eslint(no-restricted-imports)',
    'agents/gpu/c.ts:3 typescript(return-await)',
    'agents/gpu/c.ts:4 typescript(no-floating-promises)',
    'agents/gpu/c.ts:5 typescript(no-misused-promises)',
    'agents/gpu/c.ts:6 eslint(no-unused-vars)',
    'agents/gpu/c.ts:7 typescript(switch-exhaustiveness-check)',
    'agents/gpu/c.ts:8 typescript(require-await)',
    'agents/gpu/c.ts:9 eslint(eqeqeq)',
    'agents/gpu/c.ts:9 typescript(no-explicit-any)',
    'agents/launch/e.ts:1 import(no-cycle)',
    'agents/launch/e.ts:3 import(no-default-export)',
    'agents/launch/f.ts:1 import(no-cycle)',
    'agents/protocol/a.ts:1 eslint(no-restricted-imports)',
    'agents/protocol/a.ts:2 eslint(no-restricted-imports)',
    'agents/protocol/a.ts:3 eslint(no-restricted-imports)',
    'agents/protocol/plan/b.ts:1 eslint(no-restricted-imports)',
    'agents/protocol/plan/b.ts:2 eslint(no-restricted-imports)',
    'scripts/g.ts:2 eslint(no-restricted-imports)',
    'scripts/g.ts:2 import(no-unassigned-import)',
  ]);
});
