// A permission file: what the commands of one executor may do. The paths and the network are enforced by
// the sandbox, the limits by the kernel; the patterns are a lint that refuses early and in plain words,
// and no guarantee (docs/SANDBOX.md).
import * as z from 'zod';
import { Fault } from './fault.ts';

export const PATH_VARIABLES = ['BATCH_PATH', 'PLAN_PATH', 'SHARED', 'TMP', 'HOME'] as const;
export type PathVariable = (typeof PATH_VARIABLES)[number];
/** Absolute paths of this host for one attempt. A variable without a value drops the entries that use it. */
export type PathValues = Readonly<Partial<Record<PathVariable, string>>>;

const VARIABLE = /\{([A-Z_]+)\}/g;

const isKnown = (name: string): name is PathVariable =>
  (PATH_VARIABLES as readonly string[]).includes(name);

/** Null when a variable has no value here. */
export function fillPath(
  template: string,
  values: PathValues,
  quote: (value: string) => string = (value) => value,
): string | null {
  let isWhole = true;
  const text = template.replaceAll(VARIABLE, (whole, name: string) => {
    if (!isKnown(name)) return whole;
    const value = values[name];
    isWhole &&= value !== undefined;
    return value === undefined ? whole : quote(value);
  });
  return isWhole ? text : null;
}

const escapePattern = (value: string): string => value.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The expression of one rule with its path variables filled in literally. */
export function fillPattern(pattern: string, values: PathValues): RegExp | null {
  const filled = fillPath(pattern, values, escapePattern);
  return filled === null ? null : new RegExp(filled, 'u');
}

const PLACEHOLDERS = Object.fromEntries(PATH_VARIABLES.map((name) => [name, '/x']));

function isPattern(text: string): boolean {
  try {
    return fillPattern(text, PLACEHOLDERS) !== null;
  } catch {
    return false;
  }
}

function isPath(text: string): boolean {
  const filled = fillPath(text, PLACEHOLDERS) ?? '';
  return filled.startsWith('/') && !filled.includes('{') && !filled.split('/').includes('..');
}

const path = z
  .string()
  .refine(isPath, 'expected an absolute path, or one that begins with a path variable');
const pattern = z.string().refine(isPattern, 'expected a regular expression');
const limit = z.int().min(1).optional();

export const permissionSchema = z.strictObject({
  v: z.literal(1),
  /** What the sandbox shows read-only. `/` is everything. */
  read: z.array(path).min(1),
  /** What the sandbox lets a command change. */
  write: z.array(path),
  commands: z.strictObject({
    /** When not empty, every simple command must match one of these as a whole. */
    allow: z.array(pattern),
    deny: z.array(z.strictObject({ pattern, reason: z.string() })),
  }),
  network: z.boolean(),
  /** Per process, as `ulimit` sets them; `memory_mib` is address space, which CUDA reserves lavishly. */
  limits: z.strictObject({
    cpu_s: limit,
    memory_mib: limit,
    files: limit,
    processes: limit,
    file_size_mib: limit,
  }),
});
export type Permissions = z.infer<typeof permissionSchema>;
export type Limits = Permissions['limits'];

/** `file` is named in the error. */
export function parsePermissions(text: string, file: string): Permissions {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Fault('PERMISSION_INVALID', { path: file, problem: (error as Error).message });
  }
  const parsed = permissionSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problem = parsed.error.issues
    .map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`)
    .join('; ');
  throw new Fault('PERMISSION_INVALID', { path: file, problem });
}
