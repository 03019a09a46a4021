// Paths as people read them.
import { relative } from 'node:path';

/** Relative to the folder the command runs in when it lies below, absolute otherwise. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') || short === '' ? path : short;
}
