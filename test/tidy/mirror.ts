// test/ mirrors agents/, so that the test of a file is found without a search.
import { TEST_FOLDERS } from './house.ts';
import type { Rule } from './source.ts';

const folderOf = (path: string, parent: string): string | undefined =>
  path.startsWith(`${parent}/`) ? path.split('/').at(1) : undefined;

/** Every folder of test/ is one of agents/, or in the list of known others. */
export const testMirror: Rule = (files) => {
  const folders = files.flatMap(({ path }) => folderOf(path, 'agents') ?? []);
  const known = new Set([...folders, ...TEST_FOLDERS]);
  const isDirectory = (path: string): boolean => path.split('/').length > 2;
  const strays = new Map(
    files
      .filter(({ path }) => isDirectory(path))
      .map(({ path }) => [folderOf(path, 'test'), path] as const)
      .filter(([folder]) => folder !== undefined && !known.has(folder)),
  );
  return [...strays].map(([folder, path]) => ({
    file: path,
    line: 1,
    rule: 'test mirror',
    problem: `test/${folder} mirrors no folder of agents/`,
    instead: 'move it beside what it tests, or list it in test/tidy/house.ts',
  }));
};

/** A test that vitest would not find never runs. */
export const testNames: Rule = (files) =>
  files
    .filter(({ path }) =>
      /^(agents|scripts)\/.*\.(test|spec)\.\w+$|^test\/.*\.spec\.\w+$/.test(path),
    )
    .map(({ path }) => ({
      file: path,
      line: 1,
      rule: 'test place',
      problem: 'not where tests are looked for',
      instead: 'test/<folder>/<name>.test.ts',
    }));
