// Variables of plans: `{NAME}` and `{NAME.field.field}`. `${NAME}` belongs to the shell and `{{NAME}}`
// is the text `{NAME}`; braces around anything that is not a name (`{a,b}`, `{ cmd; }`, `{"k":1}`,
// `{print $1}`) are just braces. Values are inserted in one pass and never looked at again.
import { Fault } from '../fault.ts';

export interface Variable {
  /** As written, with its braces. */
  readonly text: string;
  readonly name: string;
  /** The fields after the name: `{ITEM.a.b}` has `['a', 'b']`. */
  readonly fields: readonly string[];
  /** Where its opening brace stands in the template. */
  readonly offset: number;
}

/** `{{NAME}}`: stands for `literal`. */
export interface EscapedBraces {
  readonly text: string;
  readonly literal: string;
  readonly offset: number;
}

/** What the variables of one task stand for. */
export interface Scope {
  /** BATCH_ID, BATCH_PATH, PLAN_PATH and the inputs. An input without a value is null. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The item of a child of a `foreach`. */
  readonly item?: unknown;
  /** Path of a JSON file with the array of all items of this child. */
  readonly itemsPath?: string;
}

export const BATCH_VARIABLES = ['BATCH_ID', 'BATCH_PATH', 'PLAN_PATH'] as const;
export const ITEM_VARIABLES = ['ITEM', 'ITEMS_PATH'] as const;
export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const NAME = String.raw`([A-Za-z_]\w*(?:\.[\w-]+)*)`;
const TOKEN = new RegExp(String.raw`(?<!\$)\{(?:\{${NAME}\}|${NAME})\}`, 'g');

export function tokensOf(template: string): (Variable | EscapedBraces)[] {
  return [...template.matchAll(TOKEN)].map((match) => {
    const [text, escaped, path] = match;
    const offset = match.index;
    if (path === undefined) return { text, literal: `{${escaped}}`, offset };
    const [name, ...fields] = path.split('.');
    return { text, name: name!, fields, offset };
  });
}

export const variablesOf = (template: string): Variable[] =>
  tokensOf(template).filter((token) => 'name' in token);

export const usesVariable = (template: string, name: string): boolean =>
  variablesOf(template).some((variable) => variable.name === name);

/** The text of a variable, unquoted. Objects and arrays are inserted as JSON. */
export function textOf(variable: Variable, scope: Scope): string {
  const root = rootOf(variable, scope);
  let value = root;
  for (const [depth, field] of variable.fields.entries()) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, field)) {
      throw missingField(variable, depth, value);
    }
    value = (value as Record<string, unknown>)[field];
  }
  if (value === null || value === undefined) {
    // An optional input that was not given is empty; a hole in a manifest is a mistake.
    if (variable.name !== 'ITEM' && variable.fields.length === 0) return '';
    throw new Fault('PLAN_ITEM_FIELD_MISSING', { variable: variable.text, problem: 'it is null' });
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (!text.includes('\0')) return text;
  throw new Fault('PLAN_VALUE_UNSAFE', {
    variable: variable.text,
    problem: 'it contains a NUL character',
  });
}

function rootOf(variable: Variable, scope: Scope): unknown {
  const { name, text } = variable;
  if (name === 'ITEM' && 'item' in scope) return scope.item;
  if (name === 'ITEMS_PATH' && scope.itemsPath !== undefined) return scope.itemsPath;
  if (Object.hasOwn(scope.values, name)) return scope.values[name];
  const problem = 'there is none of this name here';
  throw new Fault('PLAN_VARIABLE_ITEM', { variable: text, problem });
}

function missingField(variable: Variable, depth: number, value: unknown): Fault {
  const owner = [variable.name, ...variable.fields.slice(0, depth)].join('.');
  const field = variable.fields[depth]!;
  const keys = value !== null && typeof value === 'object' ? Object.keys(value).slice(0, 20) : null;
  const has =
    keys === null
      ? `it is ${value === null ? 'null' : `a ${typeof value}`}`
      : `its fields are: ${keys.join(', ') || 'none'}`;
  const problem = `${owner} has no field \`${field}\`, ${has}`;
  return new Fault('PLAN_ITEM_FIELD_MISSING', { variable: variable.text, problem });
}

/** Replaces each token by what `insert` makes of it; the text between the tokens stays. */
export function replaceTokens(
  template: string,
  insert: (variable: Variable, index: number) => string,
): string {
  let text = '';
  let end = 0;
  let index = 0;
  for (const token of tokensOf(template)) {
    text += template.slice(end, token.offset);
    text += 'name' in token ? insert(token, index++) : token.literal;
    end = token.offset + token.text.length;
  }
  return text + template.slice(end);
}
