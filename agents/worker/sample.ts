// What is left for the agent to make a training sample of: the exchange with the model, redacted before it touches
// the disk. A sample that cannot be kept costs the task nothing but a line in its log.
import type { ChatMessage, JsonSchema } from '../models/chat-types.ts';
import { writeHostText } from '../process/host-text.ts';
import { redact } from '../process/redact.ts';
import type { PromptRequest } from '../protocol/prompt.ts';
import type { Exchange } from '../protocol/samples.ts';
import type { Conversation } from './converse.ts';

export async function leaveExchange(
  request: PromptRequest,
  messages: readonly ChatMessage[],
  schema: JsonSchema | undefined,
  conversation: Conversation,
  say: (line: string) => void,
): Promise<void> {
  const { sample } = request;
  if (sample === undefined) return;
  const textOf = (role: ChatMessage['role']): string | null =>
    messages.find((message) => message.role === role)?.content ?? null;
  const { text: reply } = conversation.chat;
  const texts = [textOf('user') ?? '', reply, textOf('system') ?? ''];
  const clean = redact(texts, sample.redact, sample.redact_ms_max);
  if (clean === null) {
    say(`no sample is kept: samples.redact took more than ${sample.redact_ms_max} ms`);
    return;
  }
  const [prompt, response, context] = clean as [string, string, string];
  const hasContext = textOf('system') !== null;
  const exchange = exchangeOf(request, conversation, {
    prompt,
    response,
    context: hasContext ? context : null,
    ...(schema === undefined ? {} : { schema }),
  });
  const line = `${JSON.stringify(exchange)}\n`;
  if (Buffer.byteLength(line) > sample.bytes_max) {
    say(`no sample is kept: it has more than ${sample.bytes_max} bytes (samples.sampleBytesMax)`);
    return;
  }
  try {
    await writeHostText(sample.file, line);
  } catch (error) {
    say(`no sample is kept: ${(error as Error).message}`);
  }
}

type Texts = Pick<Exchange, 'prompt' | 'response' | 'context' | 'schema'>;

function exchangeOf(
  { endpoint, max_tokens, temperature, seed }: PromptRequest,
  { chat, tries }: Conversation,
  texts: Texts,
): Exchange {
  const { promptTokens, generatedTokens } = chat.usage;
  const { promptMs, generateMs, firstTokenMs, totalMs } = chat.timings;
  return {
    v: 1,
    model: endpoint.name,
    served: endpoint.model,
    ...texts,
    options: {
      ...(max_tokens === undefined ? {} : { max_tokens }),
      ...(temperature === undefined ? {} : { temperature }),
      ...(seed === undefined ? {} : { seed }),
    },
    tries,
    finish_reason: chat.finishReason,
    usage: { prompt_tokens: promptTokens, generated_tokens: generatedTokens },
    timings: {
      prompt_ms: promptMs,
      generate_ms: generateMs,
      first_token_ms: firstTokenMs,
      total_ms: totalMs,
    },
  };
}
