// Fields: `- **name**: value`, the value on the same line, in a code span, in a fenced block below, or
// as a nested list. What looks like a field but is none is reported, never skipped: a plan whose
// fields were ignored would run as something else.
import type { List, ListItem, Paragraph, RootContent } from 'mdast';
import type { Place } from '../fault.ts';
import { blockSpan, placeOf, sliceSpan, subSpan } from './span.ts';
import type { Source, Span } from './span.ts';

export interface Field {
  readonly name: string;
  readonly place: Place;
  readonly value: Span;
  /** How the value is written. `mixed`: text with code spans in it. */
  readonly form: 'text' | 'code' | 'mixed' | 'block' | 'list';
  /** The entries of a nested list. */
  readonly entries: readonly Span[];
}

/** A list item or paragraph that is no field. */
export interface Stray {
  /** The name it seems to mean, if it has one. */
  readonly name: string | null;
  readonly text: string;
  readonly place: Place;
  readonly isItem: boolean;
}

const SEEMS_FIELD = /^[`*_]*([A-Za-z][\w -]{0,40}?)\s*[`*_]*\s*:/;

/** All fields and strays of a section, in order. */
export function readFields(nodes: readonly RootContent[], source: Source): (Field | Stray)[] {
  const found: (Field | Stray)[] = [];
  for (const node of nodes) {
    if (node.type === 'list') {
      found.push(
        ...node.children.map((item) => fieldOf(item, source) ?? strayOf(item, source, true)),
      );
    } else if (node.type === 'paragraph') {
      const stray = strayOf(node, source, false);
      if (stray.name !== null) found.push(stray);
    } else if (node.type === 'code') {
      // A block that is not indented belongs to the field right above it, when that has no value yet.
      const last = found.at(-1);
      if (last !== undefined && isField(last) && last.form === 'text' && last.value.text === '') {
        found[found.length - 1] = { ...last, ...blockValue(node, source) };
      }
    }
  }
  return found;
}

export const isField = (found: Field | Stray): found is Field => 'form' in found;

function strayOf(node: ListItem | Paragraph, source: Source, isItem: boolean): Stray {
  const text = node.type === 'paragraph' ? node : node.children.find((c) => c.type === 'paragraph');
  const { start, end } = (text ?? node).position!;
  const raw = source.text.slice(start.offset, end.offset);
  const name = SEEMS_FIELD.exec(raw)?.[1]?.trim() ?? null;
  return { name, text: raw, place: placeOf(source, start.offset!), isItem };
}

function fieldOf(item: ListItem, source: Source): Field | null {
  const [paragraph, ...below] = item.children;
  if (paragraph?.type !== 'paragraph') return null;
  const [strong, ...rest] = paragraph.children;
  if (strong?.type !== 'strong') return null;
  const from = strong.position!.end.offset!;
  const line = sliceSpan(source, from, paragraph.position!.end.offset!);
  if (!line.text.startsWith(':')) return null;
  const field = {
    name: source.text
      .slice(strong.position!.start.offset! + 2, from - 2)
      .replaceAll('`', '')
      .trim(),
    place: placeOf(source, strong.position!.start.offset!),
  };
  const inline = inlineValue(paragraph, rest, source, from);
  const block = below.find((node) => node.type === 'code');
  const list = below.find((node) => node.type === 'list');
  if (inline.value.text !== '' && (block ?? list) !== undefined) {
    return { ...field, ...inline, form: 'mixed', entries: [] };
  }
  if (block !== undefined) return { ...field, ...blockValue(block, source) };
  if (list !== undefined)
    return { ...field, ...inline, form: 'list', entries: entriesOf(list, source) };
  return { ...field, ...inline };
}

type Value = Pick<Field, 'value' | 'form' | 'entries'>;

function inlineValue(
  paragraph: Paragraph,
  rest: Paragraph['children'],
  source: Source,
  from: number,
): Value {
  const colon = source.text.indexOf(':', from);
  const value = sliceSpan(source, colon + 1, paragraph.position!.end.offset!);
  const codes = rest.filter((node) => node.type === 'inlineCode');
  if (codes.length === 0) return { value, form: 'text', entries: [] };
  const { start, end } = codes[0]!.position!;
  const code = source.text.slice(start.offset, end.offset);
  if (code !== value.text) return { value, form: 'mixed', entries: [] };
  return { value: codeSpan(value), form: 'code', entries: [] };
}

/** The inside of `` `…` ``, by the rules of CommonMark: one space on both sides is not part of it. */
function codeSpan(span: Span): Span {
  const marks = /^`+/.exec(span.text)![0].length;
  const inner = span.text.slice(marks, -marks);
  const pad = /^ .*[^ ].* $/s.test(inner) ? 1 : 0;
  return subSpan(span, marks + pad, span.text.length - marks - pad);
}

function blockValue(node: Extract<RootContent, { type: 'code' }>, source: Source): Value {
  const { start } = node.position!;
  const isFenced = /^[`~]{3}/.test(source.text.slice(start.offset));
  const value = blockSpan(source, node.value, start.line + (isFenced ? 1 : 0));
  return { value, form: 'block', entries: [] };
}

function entriesOf(list: List, source: Source): Span[] {
  return list.children.map((item) => {
    const node = item.children[0] ?? item;
    const span = sliceSpan(source, node.position!.start.offset!, node.position!.end.offset!);
    return stripCode(span);
  });
}

/** Takes the code marks off a value that is one code span. */
export function stripCode(span: Span): Span {
  return /^(`+)(?!`).*[^`]\1$/s.test(span.text) && !/`/.test(span.text.replaceAll(/^`+|`+$/g, ''))
    ? codeSpan(span)
    : span;
}

/** The parts of a value between commas, without code marks; empty parts stay, for the check to find. */
export function partsOf(field: Field): Span[] {
  if (field.form === 'list') return [...field.entries];
  const { value } = field;
  if (value.text.trim() === '') return [];
  const parts: Span[] = [];
  let start = 0;
  for (const part of value.text.split(',')) {
    const first = start + part.length - part.trimStart().length;
    parts.push(stripCode(subSpan(value, first, first + part.trim().length)));
    start += part.length + 1;
  }
  return parts;
}
