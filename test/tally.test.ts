// CI reads one line of a test run. Here a small run with every kind of failure ends with that line.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ROOT } from './tidy/tree.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutti-tally-'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
});

afterEach(() => rm(folder, { recursive: true }));

interface Run {
  readonly code: number;
  readonly lastLine: string;
}

async function run(files: Readonly<Record<string, string>>): Promise<Run> {
  for (const [name, text] of Object.entries(files)) {
    const head = "import { describe, expect, it } from 'vitest';\n";
    await writeFile(join(folder, `${name}.test.mjs`), `${head}${text}\n`);
  }
  const reporter = join(ROOT, 'test/tally-reporter.ts');
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--root', folder, '--reporter=default', `--reporter=${reporter}`];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder }, (error, stdout) => {
      const lastLine = stdout.trimEnd().split('\n').at(-1) ?? '';
      resolve({ code: error === null ? 0 : Number(error.code), lastLine });
    });
  });
}

it('counts what passed', async () => {
  const files = { a: "it('a', () => {});\nit('b', () => {});\nit.skip('c', () => {});" };
  expect(await run(files)).toEqual({ code: 0, lastLine: '2 passed, 0 failed' });
});

it('counts failed tests, broken suites, files that do not load and errors outside of tests', async () => {
  const files = {
    a: "it('a', () => {});\nit('b', () => expect(1).toBe(2));",
    b: "throw new Error('does not load');",
    c: "it('d', () => { Promise.reject(new Error('nobody waits')); });",
  };
  expect(await run(files)).toEqual({ code: 1, lastLine: '2 passed, 3 failed' });
});
