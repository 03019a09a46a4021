// JSON out of what a model wrote: parsed, else repaired, and validated in every case, because jsonrepair
// never refuses and invents keys.
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { jsonrepair } from 'jsonrepair';
import { Fault } from '../protocol/fault.ts';
import type { JsonReply, JsonSchema } from './chat-types.ts';

/** Answers null when the value fits, else a sentence for the model and for people. */
export type SchemaCheck = (value: unknown) => string | null;

const PROBLEMS_MAX = 5;

/** @throws Fault MODEL_SCHEMA_INVALID: a misspelt keyword is refused too, it would check nothing */
export function compileSchema(schema: unknown): SchemaCheck {
  const refuse = (problem: string): Fault => new Fault('MODEL_SCHEMA_INVALID', { problem });
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    throw refuse(`expected a JSON object, found ${JSON.stringify(schema) ?? 'nothing'}`);
  }
  // One compiler per schema: schemas of different tasks may share an `$id`.
  const compiler = new Ajv2020({ allErrors: true, strictTypes: false, validateFormats: false });
  let validate: ValidateFunction;
  try {
    const { $schema: _dialect, ...rules } = schema as JsonSchema;
    validate = compiler.compile(rules);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  return (value) => (validate(value) ? null : explain(validate.errors ?? []));
}

function explain(errors: readonly ErrorObject[]): string {
  const lines = errors.map(({ instancePath, message, params }) => {
    const extra =
      'additionalProperty' in params ? ` (${String(params['additionalProperty'])})` : '';
    const among = 'allowedValues' in params ? ` (${JSON.stringify(params['allowedValues'])})` : '';
    return `${instancePath === '' ? 'the value' : instancePath} ${message}${extra}${among}`;
  });
  const rest = lines.length - PROBLEMS_MAX;
  return [...lines.slice(0, PROBLEMS_MAX), ...(rest > 0 ? [`${rest} more`] : [])].join('; ');
}

/** Never throws: what cannot be read is a problem that the model can be told. */
export function readJson(text: string, check: SchemaCheck): JsonReply {
  const value = parse(bare(text)) ?? repair(bare(text));
  if (value === null) {
    const problem = text.trim() === '' ? 'the reply is empty' : 'the reply is not JSON';
    return { is: 'invalid', problem };
  }
  const problem = check(value.json);
  return problem === null ? { is: 'ok', value: value.json } : { is: 'invalid', problem };
}

/** Without the fence that models put around JSON, and without what stands before and after the fence. */
function bare(text: string): string {
  const fenced = /```(?:json)?[^\S\n]*\n(.*?)\n?```/s.exec(text);
  return (fenced?.[1] ?? text).trim();
}

interface Parsed {
  readonly json: unknown;
}

function parse(text: string): Parsed | null {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return null;
  }
}

/** jsonrepair makes a string of any prose: only what began as an object or a list is repaired. */
function repair(text: string): Parsed | null {
  const start = text.search(/[{[]/);
  if (start < 0) return null;
  try {
    return parse(jsonrepair(text.slice(start)));
  } catch {
    return null;
  }
}
