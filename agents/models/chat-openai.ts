// The dialect of llama-server, of the embedded server and of everything OpenAI-compatible: SSE over
// /chat/completions. `timings` is llama.cpp's addition.
import { createParser } from 'eventsource-parser';
import type { ChatMessage, ChatRequest, Endpoint } from './chat-types.ts';
import type { Target } from './http.ts';
import { refusalOf } from './refusal.ts';
import type { ToolFragment } from './tool-calls.ts';
import { finishOf, numberOr } from './transcript.ts';
import type { Transcript } from './transcript.ts';

export const openaiUrl = (endpoint: Endpoint): string => `${endpoint.baseUrl}/chat/completions`;

/** Nothing is sent that was not asked for: cloud servers refuse fields they do not know. */
export function openaiBody(endpoint: Endpoint, request: ChatRequest): Record<string, unknown> {
  const { tools, toolChoice, schema, maxTokens, temperature, seed, cachePrompt } = request;
  return {
    model: endpoint.model,
    messages: request.messages.map(toMessage),
    stream: true,
    stream_options: { include_usage: true },
    ...(tools !== undefined && tools.length > 0 ? { tools: tools.map(toTool) } : {}),
    ...(toolChoice !== undefined ? { tool_choice: toolChoice } : {}),
    ...(schema !== undefined
      ? { response_format: { type: 'json_schema', json_schema: { name: 'reply', schema } } }
      : {}),
    ...(maxTokens !== undefined ? { max_tokens: maxTokens } : {}),
    ...(temperature !== undefined ? { temperature } : {}),
    ...(seed !== undefined ? { seed } : {}),
    ...(cachePrompt !== undefined ? { cache_prompt: cachePrompt } : {}),
  };
}

const toTool = ({ name, description, parameters }: NonNullable<ChatRequest['tools']>[number]) => ({
  type: 'function',
  function: { name, description, parameters },
});

function toMessage({ role, content, toolCalls, toolCallId }: ChatMessage): unknown {
  const calls = toolCalls?.map(({ id, name, arguments: value }) => ({
    id,
    type: 'function',
    function: { name, arguments: typeof value === 'string' ? value : JSON.stringify(value) },
  }));
  return {
    role,
    content,
    ...(calls === undefined ? {} : { tool_calls: calls }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
  };
}

interface Chunk {
  readonly error?: { readonly code?: unknown };
  readonly choices?: readonly {
    readonly delta?: {
      readonly content?: unknown;
      readonly tool_calls?: readonly ToolFragment[] | null;
    };
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: {
    readonly prompt_tokens?: unknown;
    readonly completion_tokens?: unknown;
  } | null;
  readonly timings?: Readonly<Record<string, unknown>>;
}

/** Answers what takes the pieces of the body in their order. It throws what the server reports in its stream. */
export function openaiReader(to: Target, transcript: Transcript): (piece: string) => void {
  const parser = createParser({
    onEvent: ({ data }) => {
      if (data.trim() === '[DONE]') transcript.isOver = true;
      else take(to, JSON.parse(data) as Chunk, data, transcript);
    },
  });
  return (piece) => parser.feed(piece);
}

function take(to: Target, chunk: Chunk, data: string, transcript: Transcript): void {
  if (chunk.error !== undefined) throw refusalOf(to, numberOr(chunk.error?.code) ?? 500, data);
  const choice = chunk.choices?.[0];
  transcript.write(contentOf(choice?.delta?.content));
  for (const fragment of choice?.delta?.tool_calls ?? []) transcript.call(fragment);
  const word = choice?.finish_reason ?? '';
  if (word !== '') {
    transcript.finish = finishOf(word);
    transcript.isOver = true;
  }
  const { usage, timings } = chunk;
  transcript.promptTokens = numberOr(usage?.prompt_tokens) ?? transcript.promptTokens;
  transcript.generatedTokens = numberOr(usage?.completion_tokens) ?? transcript.generatedTokens;
  if (timings === undefined) return;
  transcript.promptTokens ??= numberOr(timings['prompt_n']);
  transcript.generatedTokens ??= numberOr(timings['predicted_n']);
  transcript.promptMs = numberOr(timings['prompt_ms']);
  transcript.generateMs = numberOr(timings['predicted_ms']);
}

/** Text, or the parts that some servers send instead. */
function contentOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: { text?: unknown }) => (typeof part.text === 'string' ? part.text : ''))
    .join('');
}
