// What the fields of a task take. A parser answers the value, or what it expected instead.
import { parseForeach } from './foreach.ts';
import { partsOf } from './fields.ts';
import type { Field } from './fields.ts';
import { Fault } from '../fault.ts';
import type { Place } from '../fault.ts';
import { compileSchema } from '../json-schema.ts';
import { PRIORITIES } from '../words.ts';
import { variablesOf } from './template.ts';

export interface Unexpected {
  readonly expected: string;
  /** When it is not the whole value that is wrong. */
  readonly found?: string;
  readonly place?: Place;
}
export type Parsed<T> = { readonly value: T } | Unexpected;
export type FieldParser<T> = (field: Field) => Parsed<T>;

export const isUnexpected = (parsed: Parsed<unknown>): parsed is Unexpected => 'expected' in parsed;

/** A timer of 32 bits of milliseconds: about 24 days. */
const TIMEOUT_S_MAX = 2_147_483;
const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };
/** The agent sets these for each attempt (docs/ENVIRONMENT.md). */
const RESERVED_ENV = /^(TUTTI_.*|CUDA_VISIBLE_DEVICES|WORKER_API_BASE|WORKER_MODEL)$/;

const textOf = (field: Field): string | null =>
  field.form === 'text' || field.form === 'code' ? field.value.text : null;

export const text =
  (expected: string): FieldParser<string> =>
  (field) => {
    const value = textOf(field);
    return value === null || value === '' || value.includes('\n') ? { expected } : { value };
  };

export const oneOf =
  <T extends string>(words: readonly T[]): FieldParser<T> =>
  (field) => {
    const value = words.find((word) => word === textOf(field));
    return value === undefined ? { expected: `one of ${words.join(', ')}` } : { value };
  };

/** What is not wanted is left out. */
export const flag: FieldParser<true> = (field) =>
  textOf(field) === 'true' ? { value: true } : { expected: 'true, or no such field' };

export const wholeNumber =
  (min: number, max: number): FieldParser<number> =>
  (field) => {
    const value = /^\d{1,9}$/.test(textOf(field) ?? '') ? Number(field.value.text) : Number.NaN;
    return value >= min && value <= max
      ? { value }
      : { expected: `a whole number from ${min} to ${max}` };
  };

export const command: FieldParser<string> = (field) => {
  if (field.form === 'mixed' || field.form === 'list') {
    return { expected: 'the whole command in one code span or one fenced block' };
  }
  const { text: value } = field.value;
  if (value.trim() === '') return { expected: 'a command' };
  if (field.form !== 'block' && value.includes('\n')) {
    return { expected: 'one line, or a fenced block for several' };
  }
  return { value };
};

export const prose =
  (expected: string): FieldParser<string> =>
  (field) => {
    const isOne = field.form !== 'mixed' && field.form !== 'list';
    const { text: value } = field.value;
    return isOne && value.trim() !== '' ? { value } : { expected };
  };

/** A block is the schema itself; anything else is the path of a file with it. */
export const schema: FieldParser<string | Record<string, unknown>> = (field) => {
  const path = textOf(field);
  if (path !== null && path !== '' && !path.includes('\n')) return { value: path };
  if (field.form !== 'block') return { expected: 'a fenced block with a JSON schema, or a path' };
  const { value: span } = field;
  try {
    const value = JSON.parse(span.text) as Record<string, unknown>;
    compileSchema(value);
    return { value };
  } catch (error) {
    if (error instanceof Fault) {
      return { expected: `a JSON schema (${String(error.details['problem'])})` };
    }
    const { message } = error as Error;
    const at = Number(/position (\d+)/.exec(message)?.[1] ?? span.text.trimEnd().length);
    const found = span.text.slice(at).split('\n', 1)[0]!;
    return { expected: 'a JSON schema that is JSON', found, place: span.at(at) };
  }
};

export const fraction =
  (min: number, max: number): FieldParser<number> =>
  (field) => {
    const value = /^\d{1,9}(\.\d{1,9})?$/.test(textOf(field) ?? '') ? Number(field.value.text) : -1;
    return value >= min && value <= max
      ? { value }
      : { expected: `a number from ${min} to ${max}` };
  };

export const duration: FieldParser<number> = (field) => {
  const match = /^(\d+(?:\.\d+)?)\s*([smh]?)$/.exec(textOf(field) ?? '');
  const value = Number(match?.[1]) * UNITS[match?.[2] ?? '']!;
  return value > 0 && value <= TIMEOUT_S_MAX
    ? { value }
    : { expected: `seconds, or a time like 90s, 10m or 2h, up to ${TIMEOUT_S_MAX} s` };
};

export const priority: FieldParser<number> = (field) => {
  const written = textOf(field) ?? '';
  const word = Object.entries(PRIORITIES).find(([name]) => name === written);
  if (word !== undefined) return { value: word[1] };
  return /^\d{1,2}$/.test(written)
    ? { value: Number(written) }
    : { expected: `${Object.keys(PRIORITIES).join(', ')} or a whole number from 0 to 99` };
};

const NAMES = 'none, or names separated by commas, each possibly name_{ITEM.id}';

export const names: FieldParser<string[]> = (field) => {
  if (field.form === 'block') return { expected: NAMES };
  const parts = partsOf(field);
  if (parts.length === 1 && parts[0]!.text.toLowerCase() === 'none') return { value: [] };
  const bad = parts.find(({ text: name }) => !/^[\w-]+(\{ITEM\.id\})?$/.test(name));
  if (parts.length === 0) return { expected: NAMES };
  return bad === undefined
    ? { value: [...new Set(parts.map((part) => part.text))] }
    : { expected: NAMES, found: bad.text, place: bad.at(0) };
};

export const paths: FieldParser<string[]> = (field) => {
  const parts = field.form === 'block' ? [] : partsOf(field);
  const bad = parts.find((part) => part.text === '');
  return parts.length === 0 || bad !== undefined
    ? { expected: 'paths separated by commas, or a nested list of them' }
    : { value: parts.map((part) => part.text) };
};

/** What a model may choose from: each on a line of its own in its prompt, and a word of its schema. */
const OPTION_CHARS_MAX = 100;
const OPTIONS_MAX = 50;
const OPTIONS = `2 to ${OPTIONS_MAX} different texts of at most ${OPTION_CHARS_MAX} characters, separated by commas or in a nested list, without variables`;

export const options: FieldParser<string[]> = (field) => {
  const parts = field.form === 'block' ? [] : partsOf(field);
  const seen = new Set<string>();
  for (const part of parts) {
    const { text: option } = part;
    const isFine = option !== '' && option.length <= OPTION_CHARS_MAX && !/[\n\r]/.test(option);
    if (!isFine || seen.has(option) || variablesOf(option).length > 0) {
      return { expected: OPTIONS, found: option, place: part.at(0) };
    }
    seen.add(option);
  }
  return seen.size >= 2 && seen.size <= OPTIONS_MAX ? { value: [...seen] } : { expected: OPTIONS };
};

/** The brain reads the manifest, maybe on another host than the task that wrote it: it lies in shared/. */
const SHARED_PATH = /^\{(BATCH_PATH|PLAN_PATH)\}\/\S/;

export const foreach: FieldParser<string> = (field) => {
  const value = textOf(field);
  const isShared = value !== null && SHARED_PATH.test(value) && !value.includes('\n');
  if (isShared && parseForeach(value) !== null) return { value };
  return {
    expected:
      'a manifest below {BATCH_PATH}/ or {PLAN_PATH}/, like {BATCH_PATH}/manifest.json:items (a .jsonl file takes no path behind a colon)',
  };
};

export const env: FieldParser<Record<string, string>> = (field) => {
  const parts = field.form === 'block' ? [] : partsOf(field);
  const value = new Map<string, string>();
  for (const part of parts) {
    const match = /^([A-Za-z_]\w*)\s*(?::\s|=)\s*(.*)$/s.exec(part.text);
    const [, key = '', written = ''] = match ?? [];
    const wrong = { found: part.text, place: part.at(0) };
    if (match === null) return { expected: 'entries `KEY: value`', ...wrong };
    if (RESERVED_ENV.test(key)) return { expected: 'a variable that tutti does not set', ...wrong };
    if (value.has(key)) return { expected: 'each variable once', ...wrong };
    value.set(key, written.replace(/^`([^`]*)`$/, '$1'));
  }
  return parts.length === 0
    ? { expected: 'a nested list of entries `- KEY: value`' }
    : { value: Object.fromEntries(value) };
};
