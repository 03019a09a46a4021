// Reading a manifest: a JSON document with an array somewhere in it, or one JSON value a line.
import { Fault } from '../fault.ts';
import { closestTo, excerpt } from './suggest.ts';

interface Source {
  readonly jsonPath: readonly string[];
  readonly isLines: boolean;
}

/** Throws a Fault that names `file`. */
export function itemsIn(
  task: string,
  text: string,
  source: Source,
  file: string,
): readonly unknown[] {
  const plain = text.replace(/^\uFEFF/, '');
  return source.isLines
    ? linesOf(task, plain, file)
    : arrayAt(task, parseJson(task, plain, file, 1), source.jsonPath, file);
}

function linesOf(task: string, text: string, file: string): unknown[] {
  const items: unknown[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() !== '') items.push(parseJson(task, line, file, index + 1));
  }
  return items;
}

function parseJson(task: string, text: string, file: string, firstLine: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const position = /at position (\d+)/.exec(error.message)?.[1];
    const problem = text.trim() === '' ? 'it is empty' : error.message.replace(/ \(line.*$/, '');
    // The engine does not always say where; then the line is known only of a .jsonl file.
    const before = position === undefined ? null : text.slice(0, Number(position)).split('\n');
    const place =
      before === null
        ? { file, ...(firstLine > 1 ? { line: firstLine } : {}) }
        : { file, line: firstLine + before.length - 1, column: before.at(-1)!.length + 1 };
    throw new Fault('MANIFEST_JSON', { task, problem }, place);
  }
}

function arrayAt(task: string, root: unknown, path: readonly string[], file: string): unknown[] {
  let value = root;
  for (const [depth, key] of path.entries()) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) {
      throw shapeFault(task, path, missingKey(value, path.slice(0, depth), key), file);
    }
    value = (value as Record<string, unknown>)[key];
  }
  if (Array.isArray(value)) return value;
  throw shapeFault(task, path, describe(value), file);
}

function missingKey(value: unknown, path: readonly string[], key: string): string {
  const owner = path.length === 0 ? 'the document' : `\`${path.join('.')}\``;
  if (value === null || typeof value !== 'object') return `${owner} to be ${kindOf(value)}`;
  const keys = Object.keys(value).slice(0, 20);
  const closest = closestTo(key, keys);
  const hint = closest === null ? '' : ` (did you mean \`${closest}\`?)`;
  return `no \`${key}\` in ${owner}, which has ${keys.join(', ') || 'no keys'}${hint}`;
}

function describe(value: unknown): string {
  if (value === null || typeof value !== 'object') return excerpt(JSON.stringify(value));
  return `an object with the keys ${Object.keys(value).slice(0, 20).join(', ') || '(none)'}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value)
    ? 'an array'
    : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}

function shapeFault(task: string, path: readonly string[], found: string, file: string): Fault {
  const where = path.length === 0 ? 'as the whole document' : `at \`${path.join('.')}\``;
  return new Fault('MANIFEST_SHAPE', { task, where, found }, { file });
}
