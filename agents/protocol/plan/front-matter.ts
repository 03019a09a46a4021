// YAML between two lines of `---` at the top of a plan. gray-matter can also evaluate JavaScript and
// other languages named behind the first `---`: those are refused before it sees them.
import matter from 'gray-matter';
import { Fault } from '../fault.ts';
import type { Place } from '../fault.ts';
import { didYouMean } from './suggest.ts';

export interface FrontMatter {
  readonly entries: Readonly<Record<string, unknown>>;
  /** Where a key stands, for errors; `path` is e.g. ['inputs', 'folder']. */
  place(path: readonly string[]): Place;
  /** The plan with the front matter blanked out: offsets, lines and columns stay as they are. */
  readonly body: string;
}

const KNOWN = ['title', 'description', 'inputs'] as const;
const NODES_MAX = 10_000;
const DEPTH_MAX = 50;

const refuse = (): never => {
  throw new Error('only YAML is read');
};
const OPTIONS = {
  language: 'yaml',
  engines: { javascript: refuse, js: refuse, json: refuse, coffee: refuse, toml: refuse },
};

/** Problems go to `report`; the body can always be read on. */
export function readFrontMatter(
  text: string,
  file: string,
  report: (fault: Fault) => void,
): FrontMatter {
  const opening = /^---(?!-)([^\n]*)(?:\n|$)/.exec(text);
  const none: FrontMatter = {
    entries: {},
    place: () => ({ file, line: 1, column: 1 }),
    body: text,
  };
  if (opening === null) return none;
  const language = opening[1]!.trim();
  const close = /\n---[ \t]*(?=\n|$)/.exec(text);
  if (language !== '' && language !== 'yaml' && language !== 'yml') {
    report(new Fault('PLAN_FRONT_MATTER_LANGUAGE', { language }, { file, line: 1, column: 4 }));
    return { ...none, body: blank(text, close === null ? 0 : close.index + close[0].length) };
  }
  if (close === null) {
    const problem = 'the closing line `---` is missing';
    report(new Fault('PLAN_FRONT_MATTER', { problem }, { file, line: 1, column: 1 }));
    return none;
  }
  const end = close.index + close[0].length;
  const lines = text.slice(0, end).split('\n');
  const body = blank(text, end);
  try {
    const entries = plainValue(matter(text.slice(0, end), OPTIONS).data, { nodes: 0 }, 0);
    const place = (path: readonly string[]): Place => placeOfKey(lines, path, file);
    return { entries: checkKeys(entries, place, report), place, body };
  } catch (error) {
    report(yamlFault(error, file));
    return { ...none, body };
  }
}

const blank = (text: string, end: number): string =>
  text.slice(0, end).replaceAll(/[^\n]/g, ' ') + text.slice(end);

function checkKeys(
  entries: unknown,
  place: FrontMatter['place'],
  report: (fault: Fault) => void,
): Record<string, unknown> {
  if (entries === null || typeof entries !== 'object' || Array.isArray(entries)) {
    const problem = 'it is not a list of `key: value` lines';
    report(new Fault('PLAN_FRONT_MATTER', { problem }, place([])));
    return {};
  }
  for (const key of Object.keys(entries)) {
    if ((KNOWN as readonly string[]).includes(key)) continue;
    const details = { key, hint: didYouMean(key, KNOWN), known: KNOWN };
    report(new Fault('PLAN_FRONT_MATTER_KEY', details, place([key])));
  }
  return entries as Record<string, unknown>;
}

/**
 * YAML as JSON: a date becomes its text again, and aliases are written out, up to a limit, since a
 * few lines of them can stand for a billion values or for a circle.
 */
function plainValue(value: unknown, count: { nodes: number }, depth: number): unknown {
  count.nodes += 1;
  if (depth > DEPTH_MAX) throw new Error(`it is nested more than ${DEPTH_MAX} levels deep`);
  if (count.nodes > NODES_MAX) throw new Error(`it has more than ${NODES_MAX} values`);
  if (value instanceof Date) return value.toISOString().replace('T00:00:00.000Z', '');
  if (Array.isArray(value)) return value.map((each) => plainValue(each, count, depth + 1));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, plainValue(each, count, depth + 1)]),
  );
}

function yamlFault(error: unknown, file: string): Fault {
  const { reason, mark, message } = error as {
    reason?: string;
    mark?: { line: number; column: number };
    message: string;
  };
  // gray-matter hands over the text behind the first `---`, so line 0 is the rest of that line.
  const place =
    mark === undefined
      ? { file, line: 1, column: 1 }
      : { file, line: mark.line + 1, column: mark.column + 1 };
  return new Fault('PLAN_FRONT_MATTER', { problem: reason ?? message }, place);
}

/** Looks for the lines that begin with the keys of `path`, one below the other. */
function placeOfKey(lines: readonly string[], path: readonly string[], file: string): Place {
  let line = 0;
  let column = 1;
  for (const key of path) {
    const found = lines.findIndex(
      (text, index) => index > line && text.replace(/^[\s"']*/, '').startsWith(key),
    );
    if (found === -1) break;
    line = found;
    column = lines[found]!.search(/\S/) + 1;
  }
  return { file, line: line + 1, column };
}
