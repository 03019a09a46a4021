// Reads the project as it is committed: what is installed, built or made at run time is not judged.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { File } from './source.ts';

export const ROOT: string = new URL('../..', import.meta.url).pathname;

const SKIPPED = /^(\.git|\.peers|node_modules|dist|coverage)$|\/batches$|^shared\/(?!plans(\/|$))/;
const BYTES_MAX = 2_000_000;

function walk(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (SKIPPED.test(path)) return [];
    if (entry.isDirectory()) return walk(path);
    return entry.isFile() ? [path] : [];
  });
}

/** Every text file of the tree, sorted by path; links, binaries and huge files are left out. */
export function readTree(): File[] {
  return walk('')
    .toSorted()
    .flatMap((path) => {
      const absolute = join(ROOT, path);
      if (statSync(absolute).size > BYTES_MAX) return [];
      const text = readFileSync(absolute, 'utf8');
      return text.includes('\0') ? [] : [{ path, text }];
    });
}
