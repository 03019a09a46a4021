// JSON out of what a model wrote: parsed, else repaired, and validated in every case, because jsonrepair
// never refuses and invents keys.
import { jsonrepair } from 'jsonrepair';
import type { SchemaCheck } from '../protocol/json-schema.ts';
import type { JsonReply } from './chat-types.ts';

export { compileSchema } from '../protocol/json-schema.ts';
export type { SchemaCheck } from '../protocol/json-schema.ts';

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
