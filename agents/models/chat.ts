// One completion over HTTP. Workers call it with the endpoint they were given, the runtime calls it with its own.
import { Fault } from '../protocol/fault.ts';
import { ollamaBody, ollamaReader, ollamaUrl } from './chat-ollama.ts';
import { openaiBody, openaiReader, openaiUrl } from './chat-openai.ts';
import type { ChatOptions, ChatRequest, ChatResult, Endpoint } from './chat-types.ts';
import { stream } from './http.ts';
import type { HttpPorts, Target } from './http.ts';
import { compileSchema, readJson } from './reply-json.ts';
import { Transcript } from './transcript.ts';

const SILENCE_MS_MAX = 600_000;

const DIALECTS = {
  openai: { url: openaiUrl, body: openaiBody, reader: openaiReader },
  ollama: { url: ollamaUrl, body: ollamaBody, reader: ollamaReader },
} as const;

/**
 * A schema that is none is refused before anything is sent. A reply that does not fit its schema is a value.
 * @throws Fault MODEL_*; the reason of `signal` when that ends it
 */
export async function chat(
  ports: HttpPorts,
  endpoint: Endpoint,
  request: ChatRequest,
  options: ChatOptions = {},
): Promise<ChatResult> {
  const check = request.schema === undefined ? null : compileSchema(request.schema);
  for (const { parameters } of request.tools ?? []) compileSchema(parameters);
  const dialect = DIALECTS[endpoint.dialect];
  const to: Target = {
    model: endpoint.name,
    url: dialect.url(endpoint),
    keyVariable: endpoint.keyVariable,
  };
  const transcript = new Transcript(ports.clock, options.onToken);
  const read = dialect.reader(to, transcript);
  const pieces = stream(ports, to, {
    method: 'POST',
    body: dialect.body(endpoint, request),
    signal: options.signal,
    silenceMsMax: options.silenceMsMax ?? SILENCE_MS_MAX,
  });
  try {
    for await (const piece of pieces) read(piece);
  } catch (error) {
    // What comes after the last word, such as a reset connection, takes nothing away.
    const isHarmless = error instanceof Fault && error.code === 'MODEL_STREAM_CUT';
    if (!(isHarmless && transcript.isOver)) throw explain(error, endpoint.name);
  }
  if (!transcript.isOver) {
    const problem = 'it ended before its last word';
    throw new Fault('MODEL_STREAM_CUT', { model: endpoint.name, problem });
  }
  const toolCalls = transcript.tools.finish(request.tools ?? []);
  const { text, finish, promptTokens, generatedTokens, promptMs, generateMs } = transcript;
  return {
    model: endpoint.name,
    text,
    json: check === null ? null : readJson(text, check),
    toolCalls,
    // Several servers say "stop" after tool calls.
    finishReason: toolCalls.length > 0 && finish !== 'length' ? 'tool_calls' : (finish ?? 'stop'),
    usage: { promptTokens, generatedTokens },
    timings: {
      promptMs,
      generateMs,
      firstTokenMs: transcript.firstTokenMs,
      totalMs: transcript.elapsedMs,
    },
  };
}

/** An event that is no JSON was cut inside: the server broke off. */
function explain(error: unknown, model: string): unknown {
  if (!(error instanceof SyntaxError)) return error;
  return new Fault('MODEL_STREAM_CUT', { model, problem: `a damaged event: ${error.message}` });
}
