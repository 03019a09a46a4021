// JSON schemas that plans give for the replies of models. They are compiled when a plan is read, so that one that
// could never be used is refused at submit. Pure.
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { Fault } from './fault.ts';

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
    const { $schema: _dialect, ...rules } = schema as Readonly<Record<string, unknown>>;
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
