// How the bundle of the CLI is run: as a script, since only scripts can be given code that V8 compiled
// before. dist/scripts/tutti.js and the build, which makes that code, have this in common.
import { readFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';
import type * as program from '../program.ts';

export interface Opened {
  readonly script: Script;
  readonly program: typeof program;
}

/** What the build puts around the bundle: a function of what CommonJS takes for given. */
export const WRAPPER = {
  before: '(function (exports, require, module, __filename, __dirname) {',
  after: '})',
} as const;

/** Nothing of the bundle comes from elsewhere but the modules of Node. */
function requireOf(bundle: string): (name: string) => unknown {
  const load = createRequire(bundle);
  return (name) => {
    if (!isBuiltin(name)) throw new Error(`${name} is not part of the bundle`);
    return load(name) as unknown;
  };
}

/** `bundle` and `code` are absolute paths. Code of another version of V8 is not used, and costs nothing but time. */
export async function openProgram(bundle: string, code: string | null): Promise<Opened> {
  // esbuild writes ASCII: the string needs one byte a character, and no decoding.
  const [text, cachedData] = await Promise.all([
    readFile(bundle, 'latin1'),
    code === null ? undefined : readFile(code),
  ]);
  const script = new Script(text, {
    filename: bundle,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const module = { exports: {} };
  const run = script.runInThisContext() as (...values: unknown[]) => void;
  run(module.exports, requireOf(bundle), module, bundle, dirname(bundle));
  return { script, program: module.exports as typeof program };
}
