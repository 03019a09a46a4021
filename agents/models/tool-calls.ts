// Puts tool calls together from the fragments of a stream. Servers in the field leave out `index`, always send
// 0, give each fragment a new id, or send the arguments as an object: a fragment belongs to the call of its
// index, else of its id, else to the last one, unless it opens a new call. Pure, but for its own list.
import type { ToolCall, Tool } from './chat-types.ts';
import { compileSchema, readJson } from './reply-json.ts';

export interface ToolFragment {
  readonly index?: number | null;
  readonly id?: string | null;
  readonly function?: { readonly name?: string | null; readonly arguments?: unknown } | null;
}

interface OpenCall {
  readonly index: number | null;
  readonly ids: string[];
  name: string;
  text: string;
}

export class ToolCallStream {
  private readonly calls: OpenCall[] = [];

  get isEmpty(): boolean {
    return this.calls.length === 0;
  }

  push(fragment: ToolFragment): void {
    const name = fragment.function?.name ?? '';
    const text = textOf(fragment.function?.arguments);
    const known = this.owner(fragment);
    if (known === undefined || opensAnother(known, fragment, name)) {
      const ids = isText(fragment.id) ? [fragment.id] : [];
      this.calls.push({ index: fragment.index ?? null, ids, name, text });
      return;
    }
    if (isText(fragment.id)) known.ids.push(fragment.id);
    if (known.name === '') known.name = name;
    known.text += text;
  }

  private owner({ index, id }: ToolFragment): OpenCall | undefined {
    const byIndex = (call: OpenCall): boolean => call.index === index;
    if (typeof index === 'number') return this.calls.findLast(byIndex);
    const byId = isText(id) ? this.calls.find(({ ids }) => ids.includes(id)) : undefined;
    return byId ?? this.calls.at(-1);
  }

  /** Arguments parsed, repaired and validated; a call of an unknown tool keeps its arguments and a problem. */
  finish(tools: readonly Tool[]): ToolCall[] {
    return this.calls.map(({ ids, name, text }, position) => {
      const id = ids[0] ?? `call_${position}`;
      const tool = tools.find((one) => one.name === name);
      if (tool === undefined) {
        return { id, name, arguments: text, problem: `there is no tool "${name}"` };
      }
      const reply = readJson(text === '' ? '{}' : text, compileSchema(tool.parameters));
      return reply.is === 'ok'
        ? { id, name, arguments: reply.value, problem: null }
        : { id, name, arguments: text, problem: reply.problem };
    });
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
};

/** A name opens a call when the one at hand has another name, or has all its arguments and another id. */
function opensAnother(known: OpenCall, { id }: ToolFragment, name: string): boolean {
  if (name === '' || known.name === '') return false;
  if (name !== known.name) return true;
  const isOther = isText(id) ? !known.ids.includes(id) : known.ids.length === 0;
  return isOther && isComplete(known.text);
}

function isComplete(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
