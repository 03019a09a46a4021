// A request of the OpenAI dialect in the words of node-llama-cpp. Pure.
import type { FunctionCallItem, Functions, HistoryItem } from './llama.ts';

export interface WireMessage {
  readonly role: string;
  readonly content: string | null;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  readonly tool_call_id?: string;
}

export interface WireTool {
  readonly function: {
    readonly name: string;
    readonly description?: string;
    readonly parameters?: unknown;
  };
}

export interface WireRequest {
  readonly messages: readonly WireMessage[];
  readonly tools?: readonly WireTool[];
  readonly tool_choice?: string;
  readonly response_format?: { readonly json_schema?: { readonly schema?: unknown } };
  readonly max_tokens?: number;
  readonly temperature?: number;
  readonly seed?: number;
}

/** The result of a tool stands in the call that it answers. The last item is the one to be written. */
export function historyOf(messages: readonly WireMessage[]): HistoryItem[] {
  const resultOf = (id: string): unknown =>
    messages.find(({ role, tool_call_id: answered }) => role === 'tool' && answered === id)
      ?.content;
  const items = messages
    .filter(({ role }) => role !== 'tool')
    .map(({ role, content, tool_calls: calls = [] }): HistoryItem => {
      if (role !== 'assistant')
        return { type: role === 'system' ? 'system' : 'user', text: content ?? '' };
      const said = content === null || content === '' ? [] : [content];
      const called = calls.map(({ id, function: { name, arguments: text } }): FunctionCallItem => ({
        type: 'functionCall',
        name,
        params: parse(text),
        result: resultOf(id),
      }));
      return { type: 'model', response: [...said, ...called] };
    });
  return items.at(-1)?.type === 'model' ? items : [...items, { type: 'model', response: [] }];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const functionsOf = (tools: readonly WireTool[]): Functions =>
  Object.fromEntries(
    tools.map(({ function: { name, description = '', parameters } }) => [
      name,
      { description, params: parameters },
    ]),
  );

/** One call of one of the tools, as a schema: a grammar can force that, a prompt cannot. */
export const callSchema = (tools: readonly WireTool[]): unknown => ({
  oneOf: tools.map(({ function: { name, parameters = { type: 'object' } } }) => ({
    type: 'object',
    properties: { name: { const: name }, arguments: parameters },
  })),
});
