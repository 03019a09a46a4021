// The built CLI starts with the code that the build compiled, and does without it where V8 will not have it.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ROOT } from '../tidy/tree.ts';

const CHUNKS = join(ROOT, 'dist/chunks');
const OPEN = join(ROOT, 'dist/scripts/build/open-program.js');

const builds = (): string[] =>
  readdirSync(CHUNKS)
    .filter((name) => /^program-\w+\.cjs$/.test(name))
    .map((name) => join(CHUNKS, name.slice(0, -'.cjs'.length)));

/** Whether V8 refused the code, as a fresh Node sees it. */
const isRefused = (bundle: string, code: string): boolean => {
  const text = `import { openProgram } from ${JSON.stringify(OPEN)};
const { script } = await openProgram(${JSON.stringify(bundle)}, ${JSON.stringify(code)});
console.log(script.cachedDataRejected);`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8' }),
  ) as boolean;
};

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tutti-start-'));
});
afterEach(() => rmSync(home, { recursive: true }));

it('there is one bundle, and its code is taken', () => {
  const [build, ...more] = builds();
  expect(more).toEqual([]);
  expect(isRefused(`${build}.cjs`, `${build}.code`)).toBe(false);
});

it('with code of another V8 it compiles, and answers the same', () => {
  const [build] = builds();
  const [scripts, chunks] = [join(home, 'dist/scripts'), join(home, 'dist/chunks')];
  for (const folder of [scripts, chunks]) mkdirSync(folder, { recursive: true });
  const name = build!.slice(CHUNKS.length + 1);
  copyFileSync(`${build}.cjs`, join(chunks, `${name}.cjs`));
  copyFileSync(join(ROOT, 'dist/scripts/tutti.js'), join(scripts, 'tutti.js'));
  writeFileSync(join(home, 'package.json'), '{"type":"module"}');
  const code = readFileSync(`${build}.code`);
  // The bytes that say which version of V8 it was.
  code.fill(0, 4, 8);
  writeFileSync(join(chunks, `${name}.code`), code);
  expect(isRefused(join(chunks, `${name}.cjs`), join(chunks, `${name}.code`))).toBe(true);
  const [ours, theirs] = [ROOT, home].map((root) =>
    spawnSync(process.execPath, [join(root, 'dist/scripts/tutti.js'), '--help'], {
      encoding: 'utf8',
    }),
  );
  expect([theirs!.status, theirs!.stdout]).toEqual([0, ours!.stdout]);
});
