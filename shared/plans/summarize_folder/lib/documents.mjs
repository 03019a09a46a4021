// The documents below a folder: what counts as one, and how much of it a model is shown.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';

const SKIPPED_FOLDERS = new Set(['node_modules', '__pycache__']);
const BYTES_MAX = 5_000_000;

/** Without a folder: the nearest `docs` above this plan, which is that of the project it ships with. */
export function resolveFolder(folder) {
  if (folder !== '') return resolve(folder);
  for (let at = import.meta.dirname; at !== dirname(at); at = dirname(at)) {
    if (existsSync(join(at, 'docs'))) return join(at, 'docs');
  }
  throw new Error('no folder is given, and there is no docs folder above this plan');
}

/** Paths relative to `folder`, sorted; links are not followed. */
export function findFiles(folder, endings) {
  const found = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || SKIPPED_FOLDERS.has(entry.name)) return [];
    if (entry.isDirectory())
      return findFiles(path, endings).map((below) => join(entry.name, below));
    return entry.isFile() && endings.has(extname(entry.name).slice(1).toLowerCase())
      ? [entry.name]
      : [];
  });
  return found.toSorted();
}

/** The text, or why there is none. */
export function readText(path) {
  const { size } = statSync(path);
  if (size > BYTES_MAX) return { problem: `it has ${size} bytes, more than ${BYTES_MAX}` };
  const bytes = readFileSync(path);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (text.includes('\0')) return { problem: 'it is binary' };
    return text.trim() === '' ? { problem: 'it is empty' } : { text };
  } catch {
    return { problem: 'it is no UTF-8 text' };
  }
}

/** Beginning and end; what is left out stands between them in words. */
export function shorten(text, max) {
  if (text.length <= max) return text;
  const half = Math.floor(max / 2);
  const left = text.length - 2 * half;
  return `${text.slice(0, half)}\n\n[${left} characters left out]\n\n${text.slice(-half)}`;
}

/** A plain word of a path, unique by its hash, so that names of any script are file names here. */
export function idOf(path) {
  const word = path
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase();
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 8);
  return `${word.slice(0, 24)}_${hash}`;
}

export const slashes = (path) => path.split(sep).join('/');
export const folderOf = (path) => slashes(dirname(path) === '.' ? '' : dirname(path));
export const relativeTo = (folder, path) => slashes(relative(folder, path));
