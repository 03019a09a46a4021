// Looks into a shared/ from outside, as a person with `ls` and `cat` would: nothing here goes through the
// code under test.
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names in a directory, sorted; none when it is not there. */
export function namesIn(path: string): string[] {
  try {
    return readdirSync(path).toSorted();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** Null when there is no such file. */
export function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Null when there is no such file. */
export function jsonOf(path: string): unknown {
  const text = textOf(path);
  return text === null ? null : JSON.parse(text);
}

/** The complete lines of a file of JSON lines. */
export const linesOf = (path: string): unknown[] =>
  (textOf(path) ?? '')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);

/** Every path below `root`, relative to it; what vanishes meanwhile is left out. */
export function pathsBelow(root: string, folder = ''): string[] {
  return namesIn(join(root, folder)).flatMap((name) => {
    const path = folder === '' ? name : `${folder}/${name}`;
    try {
      return lstatSync(join(root, path)).isDirectory() ? [path, ...pathsBelow(root, path)] : [path];
    } catch {
      return [];
    }
  });
}
