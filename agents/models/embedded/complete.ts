// One completion: a free sequence, the grammar, the generation, and the events of a stream.
import type { Clock } from '../../process/clock.ts';
import type { Chat, Grammar, LoadedLlama, Sequence } from './llama.ts';
import { callSchema, functionsOf, historyOf } from './request.ts';
import type { WireRequest } from './request.ts';

/** `status` is that of HTTP, `type` that of llama-server. */
export class Refusal extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/** The default of llama-server. */
const TEMPERATURE = 0.8;

export interface Engine {
  readonly llama: LoadedLlama;
  readonly clock: Clock;
  readonly free: Sequence[];
  readonly waiting: ((sequence: Sequence) => void)[];
}

export const createEngine = (llama: LoadedLlama, clock: Clock): Engine => ({
  llama,
  clock,
  free: [...llama.sequences],
  waiting: [],
});

/** `send` gets each event of the stream; the first comes after everything that can be refused was checked. */
export async function complete(
  engine: Engine,
  request: WireRequest,
  signal: AbortSignal,
  send: (event: unknown) => void,
): Promise<void> {
  const sequence =
    engine.free.pop() ?? (await new Promise<Sequence>((resolve) => engine.waiting.push(resolve)));
  const chat = engine.llama.createChat(sequence);
  try {
    signal.throwIfAborted();
    await sequence.clearHistory();
    await generate(engine, chat, request, signal, send);
  } finally {
    chat.dispose();
    const next = engine.waiting.shift();
    if (next === undefined) engine.free.push(sequence);
    else next(sequence);
  }
}

async function generate(
  { llama, clock }: Engine,
  chat: Chat,
  request: WireRequest,
  signal: AbortSignal,
  send: (event: unknown) => void,
): Promise<void> {
  const tools = request.tool_choice === 'none' ? [] : (request.tools ?? []);
  const isForced = tools.length > 0 && request.tool_choice === 'required';
  const schema = isForced ? callSchema(tools) : request.response_format?.json_schema?.schema;
  const grammar = schema === undefined ? undefined : await grammarOf(llama, schema);
  const functions = tools.length > 0 && !isForced ? functionsOf(tools) : undefined;
  const history = historyOf(request.messages);
  const promptTokens = countPrompt(llama, chat, history, functions);
  const startMs = clock.monotonicMs();
  let firstMs: number | null = null;
  let generated = 0;
  let text = '';
  const { functionCalls = [], metadata } = await chat.generateResponse(history, {
    maxTokens: Math.min(request.max_tokens ?? Infinity, llama.contextTokens - promptTokens),
    temperature: request.temperature ?? TEMPERATURE,
    signal,
    ...(request.seed === undefined ? {} : { seed: request.seed }),
    ...(grammar === undefined ? {} : { grammar }),
    ...(functions === undefined ? {} : { functions }),
    onToken: (tokens) => {
      firstMs ??= clock.monotonicMs();
      generated += tokens.length;
    },
    onTextChunk: (piece) => {
      text += piece;
      if (!isForced) send(eventOf({ content: piece }));
    },
  });
  const calls = isForced
    ? [JSON.parse(text) as { name: string; arguments: unknown }]
    : functionCalls.map(({ functionName, params }) => ({ name: functionName, arguments: params }));
  for (const [index, { name, arguments: args }] of calls.entries()) {
    const called = { name, arguments: JSON.stringify(args) };
    send(
      eventOf({ tool_calls: [{ index, id: `call_${index}`, type: 'function', function: called }] }),
    );
  }
  const isCut = metadata.stopReason === 'maxTokens';
  send(eventOf({}, isCut ? 'length' : calls.length > 0 ? 'tool_calls' : 'stop'));
  const endMs = clock.monotonicMs();
  send({
    choices: [],
    usage: { prompt_tokens: promptTokens, completion_tokens: generated },
    timings: {
      prompt_n: promptTokens,
      prompt_ms: (firstMs ?? endMs) - startMs,
      predicted_n: generated,
      predicted_ms: endMs - (firstMs ?? endMs),
    },
  });
}

const eventOf = (delta: unknown, finish: string | null = null): unknown => ({
  choices: [{ index: 0, delta, finish_reason: finish }],
});

/** node-llama-cpp would silently drop the oldest part of a prompt that is too long. */
function countPrompt(
  llama: LoadedLlama,
  chat: Chat,
  chatHistory: ReturnType<typeof historyOf>,
  functions: ReturnType<typeof functionsOf> | undefined,
): number {
  const { contextText } = chat.chatWrapper.generateContextState({
    chatHistory,
    ...(functions === undefined ? {} : { availableFunctions: functions }),
  });
  const count = contextText.tokenize(llama.tokenizer).length;
  if (count < llama.contextTokens) return count;
  const message = `request (${count} tokens) exceeds the available context size (${llama.contextTokens} tokens)`;
  throw new Refusal(400, 'exceed_context_size_error', message);
}

async function grammarOf(llama: LoadedLlama, schema: unknown): Promise<Grammar> {
  try {
    return await llama.createGrammar(schema);
  } catch (error) {
    const message = `Failed to make a grammar of the JSON schema: ${(error as Error).message}`;
    throw new Refusal(400, 'invalid_request_error', message);
  }
}
