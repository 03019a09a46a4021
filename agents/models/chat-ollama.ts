// Ollama's own dialect, JSON lines over /api/chat, because its /v1 has neither a context length nor timings.
// Two things here are about memory: another `num_ctx` than the loaded one makes Ollama load the model again, and
// a request without `keep_alive` lets the model go after five minutes.
import type { ChatMessage, ChatRequest, Endpoint } from './chat-types.ts';
import type { Target } from './http.ts';
import { refusalOf } from './refusal.ts';
import { finishOf, numberOr } from './transcript.ts';
import type { Transcript } from './transcript.ts';

export const ollamaRoot = (baseUrl: string): string => baseUrl.replace(/\/v1\/?$/, '');
export const ollamaUrl = (endpoint: Endpoint): string => `${ollamaRoot(endpoint.baseUrl)}/api/chat`;

/** `truncate: false`: a prompt that is too long is an error and not silently cut. */
export function ollamaBody(endpoint: Endpoint, request: ChatRequest): Record<string, unknown> {
  const { tools, schema, maxTokens, temperature, seed } = request;
  return {
    model: endpoint.model,
    messages: request.messages.map((message) => toMessage(message, request.messages)),
    stream: true,
    keep_alive: -1,
    truncate: false,
    shift: false,
    ...(tools !== undefined && tools.length > 0
      ? { tools: tools.map((tool) => ({ type: 'function', function: { ...tool } })) }
      : {}),
    ...(schema !== undefined ? { format: schema } : {}),
    options: {
      ...(endpoint.contextTokens !== null ? { num_ctx: endpoint.contextTokens } : {}),
      ...(maxTokens !== undefined ? { num_predict: maxTokens } : {}),
      ...(temperature !== undefined ? { temperature } : {}),
      ...(seed !== undefined ? { seed } : {}),
    },
  };
}

function toMessage(message: ChatMessage, all: readonly ChatMessage[]): unknown {
  const { role, content, toolCalls, toolCallId } = message;
  const calls = toolCalls?.map(({ name, arguments: value }) => ({
    function: { name, arguments: value },
  }));
  const answered = all.flatMap((one) => one.toolCalls ?? []).find(({ id }) => id === toolCallId);
  return {
    role,
    content,
    ...(calls === undefined ? {} : { tool_calls: calls }),
    ...(answered === undefined ? {} : { tool_name: answered.name }),
  };
}

interface Line {
  readonly error?: unknown;
  readonly message?: {
    readonly content?: unknown;
    readonly tool_calls?: readonly {
      readonly function?: { readonly name?: string; readonly arguments?: unknown };
    }[];
  };
  readonly done?: boolean;
  readonly done_reason?: string;
  readonly prompt_eval_count?: unknown;
  readonly prompt_eval_duration?: unknown;
  readonly eval_count?: unknown;
  readonly eval_duration?: unknown;
}

export function ollamaReader(to: Target, transcript: Transcript): (piece: string) => void {
  let rest = '';
  return (piece) => {
    const lines = `${rest}${piece}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() !== '') take(to, JSON.parse(line) as Line, line, transcript);
    }
  };
}

function take(to: Target, line: Line, text: string, transcript: Transcript): void {
  if (line.error !== undefined) throw refusalOf(to, 500, text);
  if (typeof line.message?.content === 'string') transcript.write(line.message.content);
  // Each call comes whole; some versions leave out the index, so that every one opens a new call.
  for (const call of line.message?.tool_calls ?? []) {
    transcript.call({ id: `call_${transcript.nextCall()}`, function: call.function ?? null });
  }
  if (line.done !== true) return;
  transcript.isOver = true;
  transcript.finish = finishOf(line.done_reason ?? 'stop');
  transcript.promptTokens = numberOr(line.prompt_eval_count);
  transcript.generatedTokens = numberOr(line.eval_count);
  transcript.promptMs = millis(line.prompt_eval_duration);
  transcript.generateMs = millis(line.eval_duration);
}

const millis = (nanoseconds: unknown): number | null => {
  const value = numberOr(nanoseconds);
  return value === null ? null : value / 1_000_000;
};
