// Asks the model until its reply is good, and tells it each time what was wrong. Whoever runs this passes how to
// ask and what to do with each piece of text, so that it needs no server to be tested.
import type { ChatMessage, ChatRequest, ChatResult, JsonSchema } from '../models/chat-types.ts';

export interface Wish {
  readonly messages: readonly ChatMessage[];
  readonly schema: JsonSchema | undefined;
  readonly options: Pick<ChatRequest, 'maxTokens' | 'temperature' | 'seed'>;
  readonly tries: number;
}

export type Conversation = {
  /** The last reply. */
  readonly chat: ChatResult;
  readonly tries: number;
} & (
  | { readonly is: 'good'; readonly value: unknown }
  | { readonly is: 'bad'; readonly problem: string }
);

export async function converse(
  wish: Wish,
  ask: (request: ChatRequest) => Promise<ChatResult>,
  say: (line: string) => void,
): Promise<Conversation> {
  const messages = [...wish.messages];
  const { schema, options } = wish;
  for (let tries = 1; ; tries++) {
    const chat = await ask({ messages, ...(schema === undefined ? {} : { schema }), ...options });
    const problem = problemOf(chat);
    if (problem === null) return { is: 'good', chat, tries, value: valueOf(chat) };
    if (tries >= wish.tries) return { is: 'bad', chat, tries, problem };
    say(`try ${tries} of ${wish.tries}: ${problem}`);
    messages.push(
      { role: 'assistant', content: chat.text },
      { role: 'user', content: retry(problem, schema) },
    );
  }
}

function problemOf({ text, json, finishReason }: ChatResult): string | null {
  // What was cut off may have been repaired to something that fits, and that would be invented.
  if (json !== null && finishReason === 'length') {
    return 'the reply was cut off before its end (max_tokens, or the context of the model)';
  }
  if (json?.is === 'invalid') return json.problem;
  return text.trim() === '' ? 'the reply is empty' : null;
}

const valueOf = ({ json, text }: ChatResult): unknown => (json?.is === 'ok' ? json.value : text);

const retry = (problem: string, schema: JsonSchema | undefined): string =>
  schema === undefined
    ? `That cannot be used: ${problem}. Answer again.`
    : `That cannot be used: ${problem}. Answer again, with JSON that fits this schema and nothing else: ${JSON.stringify(schema)}`;
