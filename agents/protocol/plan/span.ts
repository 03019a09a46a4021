// Text of a plan that still knows where it stands, so that an error inside a value points at the
// character. Lines and columns count from 1, columns in UTF-16 code units, as editors do.
import type { Place } from '../fault.ts';

export interface Span {
  readonly text: string;
  at(offset: number): Place;
}

export interface Source {
  readonly file: string;
  /** With `\n` as the only line end. */
  readonly text: string;
  readonly lineStarts: readonly number[];
}

export function sourceOf(text: string, file: string): Source {
  const lineStarts = [0];
  for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) lineStarts.push(i + 1);
  return { file, text, lineStarts };
}

export function placeOf(source: Source, offset: number): Place {
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (source.lineStarts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return { file: source.file, line: low + 1, column: offset - source.lineStarts[low]! + 1 };
}

/** The source from `start` to `end` as it is written, without white space around it. */
export function sliceSpan(source: Source, start: number, end: number): Span {
  const raw = source.text.slice(start, end);
  const first = start + raw.length - raw.trimStart().length;
  return { text: raw.trim(), at: (offset) => placeOf(source, first + offset) };
}

/**
 * The content of a code block. Markdown has taken the indentation of the list off each line, so the
 * column is found by looking for the line in the source.
 */
export function blockSpan(source: Source, text: string, firstLine: number): Span {
  const at = (offset: number): Place => {
    const before = text.slice(0, offset);
    const index = before.split('\n').length - 1;
    const lineStart = before.lastIndexOf('\n') + 1;
    const lineText = text.slice(lineStart).split('\n', 1)[0]!;
    const written = source.text.slice(source.lineStarts[firstLine + index - 1]).split('\n', 1)[0]!;
    const indent = Math.max(0, written.lastIndexOf(lineText));
    return { file: source.file, line: firstLine + index, column: indent + offset - lineStart + 1 };
  };
  return { text, at };
}

export const subSpan = (span: Span, start: number, end: number): Span => ({
  text: span.text.slice(start, end),
  at: (offset) => span.at(start + offset),
});
