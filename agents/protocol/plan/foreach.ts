// `foreach`: one child per item of a manifest. Expansion is deterministic, so that it can be repeated
// after a crash: the same manifest always names the same children.
import { Fault } from '../fault.ts';
import { SUMMARY_TASK, childId } from '../ids.ts';
import { itemsIn } from './manifest.ts';

export interface ForeachSource {
  /** With its variables unresolved. */
  readonly path: string;
  /** The way to the array inside the document; empty for the document itself. */
  readonly jsonPath: readonly string[];
  /** A `.jsonl` file: one item a line. */
  readonly isLines: boolean;
}

export interface Child {
  readonly id: string;
  readonly items: readonly unknown[];
}

export type Expansion =
  | { readonly kind: 'items'; readonly children: readonly Child[] }
  | { readonly kind: 'empty' }
  | { readonly kind: 'error'; readonly fault: Fault };

interface Taken {
  has(id: string): boolean;
}

export interface ExpansionLimits {
  readonly childrenMax: number;
  /** Names of the plan's other tasks: no child may get one of them. */
  readonly taken?: Taken;
}

/** Splits `{BATCH_PATH}/manifest.json:videos.items`; null when there is no path. */
export function parseForeach(text: string): ForeachSource | null {
  const match = /^(.*?)(?::([\w$-]+(?:\.[\w$-]+)*))?$/.exec(text.trim());
  const path = match?.[1]?.trim() ?? '';
  if (path === '') return null;
  const isLines = path.endsWith('.jsonl');
  if (isLines && match?.[2] !== undefined) return null;
  return { path, jsonPath: match?.[2]?.split('.') ?? [], isLines };
}

/** What the text of a manifest makes of a template. `file` is named in errors. */
export function expandItems(
  template: string,
  text: string,
  source: ForeachSource,
  batchSize: number,
  limits: ExpansionLimits,
  file: string = source.path,
): Expansion {
  try {
    const items = itemsIn(template, text, source, file);
    if (items.length === 0) return { kind: 'empty' };
    checkCount(template, items.length, batchSize, limits.childrenMax, file);
    const ids = idsOf(template, items, file);
    const children =
      batchSize > 1 ? chunks(template, items, batchSize) : singles(template, items, ids);
    checkTaken(template, children, ids, limits.taken ?? new Set(), file);
    return { kind: 'items', children };
  } catch (error) {
    if (error instanceof Fault) return { kind: 'error', fault: error };
    throw error;
  }
}

function checkCount(task: string, items: number, size: number, limit: number, file: string): void {
  const count = Math.ceil(items / size);
  if (count > limit) throw new Fault('MANIFEST_TOO_MANY', { task, count, limit }, { file });
}

/** The `id` of an item, if it has one that can name it, else its position. */
function idOf(item: unknown, index: number): string {
  if (item !== null && typeof item === 'object' && Object.hasOwn(item, 'id')) {
    const { id } = item as { id: unknown };
    if ((typeof id === 'string' && id !== '') || typeof id === 'number') return String(id);
  }
  return String(index);
}

function idsOf(task: string, items: readonly unknown[], file: string): string[] {
  const seen = new Map<string, number>();
  return items.map((item, index) => {
    const id = idOf(item, index);
    // Two ids may differ and still make the same name; that is the same mistake to a reader.
    const name = childId(task, id);
    const first = seen.get(name);
    if (first !== undefined) {
      const details = { task, id: JSON.stringify(id), first: first + 1, second: index + 1 };
      throw new Fault('MANIFEST_DUPLICATE', details, { file });
    }
    seen.set(name, index);
    return id;
  });
}

const singles = (template: string, items: readonly unknown[], ids: readonly string[]): Child[] =>
  items.map((item, index) => ({ id: childId(template, ids[index]!), items: [item] }));

function chunks(template: string, items: readonly unknown[], size: number): Child[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => ({
    id: childId(template, String(index)),
    items: items.slice(index * size, (index + 1) * size),
  }));
}

function checkTaken(
  task: string,
  children: readonly Child[],
  ids: readonly string[],
  taken: Taken,
  file: string,
): void {
  const index = children.findIndex(({ id }) => id === SUMMARY_TASK || taken.has(id));
  if (index === -1) return;
  const details = { task, id: JSON.stringify(ids[index]!), child: children[index]!.id };
  throw new Fault('MANIFEST_TAKEN', details, { file });
}
