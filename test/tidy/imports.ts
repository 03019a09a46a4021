// Who may import whom.
import { posix } from 'node:path';
import { PACKAGE_ADVICE, ROOMS } from './house.ts';
import type { Room } from './house.ts';
import { codeIn, isCode, sourceOf } from './source.ts';
import type { Breach, File, Import, Rule } from './source.ts';

/** What `folder` may import: the union of its own row and those of the folders around it. */
export function rightsOf(path: string): Room | undefined {
  const rooms = ROOMS.filter(({ folder }) => path === folder || path.startsWith(`${folder}/`));
  const inner = rooms.at(-1);
  if (inner === undefined) return undefined;
  return {
    folder: inner.folder,
    folders: [...rooms.map(({ folder }) => folder), ...rooms.flatMap((room) => room.folders)],
    packages: rooms.flatMap((room) => room.packages),
    types: rooms.flatMap((room) => room.types),
  };
}

const isRelative = (specifier: string): boolean => /^\.{1,2}\//.test(specifier);

/** `node:fs` for `node:fs/promises`, `@scope/name` for `@scope/name/part`. */
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const targetOf = (file: string, specifier: string): string =>
  posix.join(posix.dirname(file), specifier);

function isAllowed(name: string, allowed: readonly string[]): boolean {
  return allowed.some(
    (entry) => entry === name || (entry === 'node:*' && name.startsWith('node:')),
  );
}

function checkImport(file: File, room: Room, found: Import): Breach | undefined {
  const { specifier, line, isTypeOnly } = found;
  const breach = (what: string, instead: string): Breach => {
    const problem = `${room.folder} may not import ${what}`;
    return { file: file.path, line, rule: 'import table', problem, instead };
  };
  if (!isRelative(specifier)) {
    const name = packageOf(specifier);
    if (isAllowed(name, room.packages)) return undefined;
    if (isTypeOnly && isAllowed(name, room.types)) return undefined;
    const instead = PACKAGE_ADVICE[name] ?? 'use what its row in test/tidy/house.ts names';
    return breach(specifier, instead);
  }
  const target = targetOf(file.path, specifier);
  const isIn = (folders: readonly string[]): boolean =>
    folders.some((folder) => target.startsWith(`${folder}/`));
  if (isIn(room.folders) || (isTypeOnly && isIn(room.types))) return undefined;
  if (isIn(room.types)) return breach(`values of ${posix.dirname(target)}`, 'use `import type`');
  return breach(posix.dirname(target), 'move what both need into agents/protocol');
}

/** The import table of docs/ARCHITECTURE.md. */
export const importTable: Rule = (files) =>
  files.filter(codeIn('agents', 'scripts')).flatMap((file) => {
    const room = rightsOf(posix.dirname(file.path));
    if (room === undefined) {
      const problem = 'its folder is not in the import table';
      const instead = 'add a row to ROOMS in test/tidy/house.ts';
      return [{ file: file.path, line: 1, rule: 'import table', problem, instead }];
    }
    return sourceOf(file).imports.flatMap((found) => checkImport(file, room, found) ?? []);
  });

/** The scripts of a plan travel with its folder: nothing but Node and the folder itself. */
export const planScripts: Rule = (files) =>
  files.filter(codeIn('shared/plans')).flatMap((file) => {
    const plan = file.path.replace(/\/(scripts|lib)\/.*$/, '');
    return sourceOf(file).imports.flatMap(({ specifier, line }) => {
      if (specifier.startsWith('node:')) return [];
      if (isRelative(specifier) && targetOf(file.path, specifier).startsWith(`${plan}/`)) return [];
      const problem = `a plan's script may not import ${specifier}`;
      const instead = 'use node:* or a file of the plan folder: plans are copied to other hosts';
      return [{ file: file.path, line, rule: 'plan scripts', problem, instead }];
    });
  });

/** No import cycles, types included: two files that need each other are one concern or three. */
export const cycles: Rule = (files) => {
  const code = new Map(files.filter(isCode).map((file) => [file.path, file]));
  const done = new Set<string>();
  const breaches: Breach[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const file = code.get(path);
    if (file === undefined || done.has(path)) return;
    for (const { specifier, line } of sourceOf(file).imports) {
      if (!isRelative(specifier)) continue;
      const target = targetOf(path, specifier);
      const here = [...trail, path];
      if (!here.includes(target)) {
        visit(target, here);
        continue;
      }
      const problem = [...here.slice(here.indexOf(target)), target].join(' → ');
      const instead = 'move what both need into a third file';
      breaches.push({ file: path, line, rule: 'import cycle', problem, instead });
    }
    done.add(path);
  };
  for (const path of code.keys()) visit(path, []);
  return breaches;
};

/**
 * The same table in the words of oxlint, for a red line in the editor. It cannot tell types from values
 * there, so a folder of `types` counts as allowed. Its patterns are those of gitignore: the last match
 * wins, and `*` stays within one path segment.
 */
export function oxlintOverrides(): unknown[] {
  return ROOMS.map(({ folder }) => {
    const { folders, packages, types } = rightsOf(folder)!;
    const forbidden = [...ROOMS.map((room) => room.folder), 'test'].filter(
      (other) =>
        ![...folders, ...types].some((open) => other === open || other.startsWith(`${open}/`)),
    );
    const allowed = [...packages, ...types].filter((name) => !name.startsWith('agents/'));
    const group = [
      '*',
      '*/**',
      '!./**',
      '!../**',
      ...allowed.flatMap((name) => [`!${name}`, `!${name}/**`]),
      ...forbidden.map((other) => `../**/${posix.basename(other)}/**`),
    ];
    const message = `Not in the row of ${folder} in the import table (docs/ARCHITECTURE.md).`;
    const rules = { 'no-restricted-imports': ['error', { patterns: [{ group, message }] }] };
    return { files: [`${folder}/**/*.ts`], rules };
  });
}
