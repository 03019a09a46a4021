// Reads a JSON record and checks it against its schema. A damaged file is a value: the caller knows
// whether to wait, to set it aside or to refuse.
import type { z } from 'zod';
import type { Disk } from './disk.ts';
import { errnoOf } from '../protocol/errno.ts';

export type Read<T> =
  | { readonly is: 'ok'; readonly value: T }
  | { readonly is: 'missing' }
  | { readonly is: 'damaged'; readonly problem: string };

export const RECORD_BYTES_MAX = 4_194_304;

export async function readRecord<T>(
  disk: Disk,
  path: string,
  schema: z.ZodType<T>,
  bytesMax: number = RECORD_BYTES_MAX,
): Promise<Read<T>> {
  let text: string | null;
  try {
    text = await disk.read(path, bytesMax);
  } catch (error) {
    const problem = describeRefusal(error, bytesMax);
    if (problem === null) throw error;
    return { is: 'damaged', problem };
  }
  return text === null ? { is: 'missing' } : parseRecord(text, schema);
}

export function parseRecord<T>(text: string, schema: z.ZodType<T>): Read<T> {
  if (text === '') return { is: 'damaged', problem: 'the file is empty' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { is: 'damaged', problem: `not valid JSON: ${(error as Error).message}` };
  }
  const result = schema.safeParse(value);
  if (result.success) return { is: 'ok', value: result.data };
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') ?? '';
  return {
    is: 'damaged',
    problem: `${where === '' ? '' : `${where}: `}${issue?.message ?? 'invalid'}`,
  };
}

/** Null for an I/O error: the file may be fine, so the caller tries again instead of judging it. */
function describeRefusal(error: unknown, bytesMax: number): string | null {
  switch (errnoOf(error)) {
    case 'EFBIG':
      return `larger than the limit of ${bytesMax} bytes`;
    case 'ELOOP':
    case 'EISDIR':
      return 'not a regular file (a symbolic link, a directory or a device)';
    default:
      return null;
  }
}

export const encode = (value: unknown): string => `${JSON.stringify(value)}\n`;
export const encodePretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
