// What every rule gets: files as text, and a parsed view of each. Rules never touch the disk, so that
// each can be shown a synthetic bad file and be seen to report it.
import { parseSync, Visitor } from 'oxc-parser';
import type { Node, ParseResult } from 'oxc-parser';

export interface File {
  /** Relative to the root of the project, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface Breach {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly problem: string;
  readonly instead: string;
}

export type Rule = (files: readonly File[]) => Breach[];

export const renderBreach = ({ file, line, rule, problem, instead }: Breach): string =>
  `${file}:${line}: ${rule}: ${problem}; instead: ${instead}`;

export interface Import {
  readonly specifier: string;
  readonly line: number;
  readonly isTypeOnly: boolean;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A member, call or `new` expression by name: `process.env`, `setTimeout()`, `new Date()`. */
export interface Mention {
  readonly name: string;
  readonly line: number;
}

export interface Source {
  readonly path: string;
  readonly lines: readonly string[];
  readonly imports: readonly Import[];
  readonly comments: readonly (Span & { readonly value: string; readonly line: number })[];
  readonly mentions: readonly Mention[];
  /** First and last line of every function. */
  readonly functions: readonly { readonly line: number; readonly lines: number }[];
  /** Names of classes, types, functions and variables where they are declared. */
  readonly declarations: readonly Mention[];
  readonly awaits: readonly number[];
}

const parsed = new WeakMap<File, Source>();

export function sourceOf(file: File): Source {
  const known = parsed.get(file);
  if (known !== undefined) return known;
  const source = parse(file);
  parsed.set(file, source);
  return source;
}

export const isCode = (file: File): boolean => /\.(ts|mjs)$/.test(file.path);

export const codeIn =
  (...folders: readonly string[]) =>
  (file: File): boolean =>
    isCode(file) && folders.some((folder) => file.path.startsWith(`${folder}/`));

type LineOf = (offset: number) => number;

function lineFinder(text: string): LineOf {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}

function parse(file: File): Source {
  const result = parseSync(file.path, file.text);
  const lineOf = lineFinder(file.text);
  return {
    path: file.path,
    lines: file.text.replace(/\n$/, '').split('\n'),
    imports: importsOf(result, file.text, lineOf),
    comments: result.comments.map((c) => ({ ...c, line: lineOf(c.start) })),
    ...walk(result, lineOf),
  };
}

function importsOf(result: ParseResult, text: string, lineOf: LineOf): Import[] {
  const { staticImports, staticExports, dynamicImports } = result.module;
  const found = staticImports.map(({ moduleRequest, entries, start }) => ({
    specifier: moduleRequest.value,
    line: lineOf(start),
    isTypeOnly: entries.length > 0 && entries.every((entry) => entry.isType),
  }));
  for (const { entries, start } of staticExports) {
    const from = entries.find((entry) => entry.moduleRequest !== null)?.moduleRequest ?? null;
    if (from === null) continue;
    const isTypeOnly = entries.every((entry) => entry.isType);
    found.push({ specifier: from.value, line: lineOf(start), isTypeOnly });
  }
  for (const { moduleRequest, start } of dynamicImports) {
    const specifier = text.slice(moduleRequest.start + 1, moduleRequest.end - 1);
    found.push({ specifier, line: lineOf(start), isTypeOnly: false });
  }
  return found;
}

/** `a.b`, `a['b']` and `a`; undefined for anything less plain. */
function nameOf(node: Node): string | undefined {
  if (node.type === 'Identifier') return node.name;
  if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier') return undefined;
  const { object, property } = node;
  let key: string | undefined;
  if (property.type === 'Identifier' && !node.computed) key = property.name;
  if (property.type === 'Literal' && typeof property.value === 'string') key = property.value;
  if (key === undefined) return undefined;
  return object.name === 'globalThis' ? key : `${object.name}.${key}`;
}

function walk(result: ParseResult, lineOf: LineOf) {
  const mentions: Mention[] = [];
  const declarations: Mention[] = [];
  const functions: { line: number; lines: number }[] = [];
  const awaits: number[] = [];
  const mention = (name: string | undefined, at: number): void => {
    if (name !== undefined) mentions.push({ name, line: lineOf(at) });
  };
  const declare = (id: Node | null): void => {
    if (id?.type === 'Identifier') declarations.push({ name: id.name, line: lineOf(id.start) });
  };
  const measure = ({ start, end }: Span): void => {
    functions.push({ line: lineOf(start), lines: lineOf(end) - lineOf(start) + 1 });
  };
  new Visitor({
    MemberExpression: (node) => mention(nameOf(node), node.start),
    CallExpression: (node) => {
      const name = nameOf(node.callee);
      if (name !== undefined) mention(`${name}()`, node.start);
    },
    NewExpression: (node) => {
      const name = nameOf(node.callee);
      if (name !== undefined && node.arguments.length === 0) mention(`new ${name}()`, node.start);
    },
    AwaitExpression: (node) => void awaits.push(lineOf(node.start)),
    FunctionDeclaration: (node) => (measure(node), declare(node.id)),
    FunctionExpression: measure,
    ArrowFunctionExpression: measure,
    ClassDeclaration: (node) => declare(node.id),
    TSInterfaceDeclaration: (node) => declare(node.id),
    TSTypeAliasDeclaration: (node) => declare(node.id),
    VariableDeclarator: (node) => declare(node.id),
  }).visit(result.program);
  return { mentions, declarations, functions, awaits };
}
