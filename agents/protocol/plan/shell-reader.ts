// The state of reading a shell command, shared by the parts of shell.ts.
import { isCode } from './shell-code.ts';
import type { Variable } from './template.ts';

export type Position =
  | { readonly kind: 'bare' | 'single' | 'double' | 'heredoc' | 'verbatim' | 'comment' }
  | { readonly kind: 'refused'; readonly where: string };

/** A command line (the script itself or inside `$(…)`) or a double-quoted string. */
interface Frame {
  readonly kind: 'command' | 'double';
  readonly offset: number;
  parens: number;
  /** The literal text of the current word so far; what is quoted or expanded counts as NUL. */
  word: string;
  wordOffset: number;
}

export interface PendingHeredoc {
  readonly delimiter: string;
  readonly isQuoted: boolean;
  /** `<<-`: leading tabs are taken off each line. */
  readonly isStripped: boolean;
  readonly offset: number;
}

/** The lines between the first and the delimiter: no value may bring a line equal to it. */
export interface HeredocBody {
  readonly start: number;
  readonly end: number;
  readonly delimiter: string;
}

export interface Open {
  readonly what: string;
  readonly offset: number;
}

export interface Reader {
  readonly template: string;
  readonly variables: readonly Variable[];
  /** Grows to one per variable, in order. */
  readonly positions: Position[];
  readonly frames: Frame[];
  readonly pending: PendingHeredoc[];
  readonly bodies: HeredocBody[];
  offset: number;
  inBrackets: boolean;
  /** Set when nothing after this point can be told for sure. */
  doubt: string | null;
  /** Set when the template ends inside a quote, a substitution or a here-document. */
  open: Open | null;
}

export const topOf = (reader: Reader): Frame => reader.frames.at(-1)!;

export function pushFrame(reader: Reader, kind: Frame['kind'], length: number): void {
  const { offset } = reader;
  reader.offset += length;
  reader.frames.push({ kind, offset, parens: 0, word: '', wordOffset: reader.offset });
}

export const nextVariable = (reader: Reader): Variable | undefined =>
  reader.variables[reader.positions.length];

/** Positions every variable up to `end` and goes there. */
export function recordUntil(
  reader: Reader,
  end: number,
  position: Position | ((variable: Variable) => Position),
): void {
  for (let next = nextVariable(reader); next !== undefined; next = nextVariable(reader)) {
    if (next.offset >= end) break;
    reader.positions.push(typeof position === 'function' ? position(next) : position);
  }
  reader.offset = end;
}

/** Where a quoted or bare variable stands, unless the word around it is something that runs. */
export function inWord(
  reader: Reader,
  variable: Variable,
  kind: 'bare' | 'single' | 'double',
): Position {
  if (reader.inBrackets) return { kind: 'refused', where: 'inside [[ … ]]' };
  const { wordOffset } = reader.frames.findLast((frame) => frame.kind === 'command')!;
  return isCode(reader.template, wordOffset, variable)
    ? { kind: 'refused', where: 'in the code of another interpreter' }
    : { kind };
}
