// The last line of a prompt's output, which becomes the result of its attempt: what it cost and what came of it.
import { relative } from 'node:path';
import type { ChatResult } from '../models/chat-types.ts';
import type { PromptRequest } from '../protocol/prompt.ts';
import type { Conversation } from './converse.ts';

/** A longer reply is only in its file. */
const REPLY_CHARACTERS_MAX = 4096;

/** Tokens per second; null where the server counts no tokens or measures no time. */
const rate = (tokens: number | null, ms: number | null): number | null =>
  tokens === null || ms === null || ms <= 0 ? null : Math.round((tokens / ms) * 10_000) / 10;

export function costOf({ usage, timings, finishReason, model }: ChatResult, tries: number) {
  const { promptTokens, generatedTokens } = usage;
  const { firstTokenMs, promptMs, generateMs, totalMs } = timings;
  const round = (ms: number | null): number | null => (ms === null ? null : Math.round(ms));
  return {
    model,
    tries,
    finish_reason: finishReason,
    prompt_tokens: promptTokens,
    generated_tokens: generatedTokens,
    prompt_tokens_per_second: rate(promptTokens, promptMs),
    generated_tokens_per_second: rate(generatedTokens, generateMs),
    first_token_ms: round(firstTokenMs),
    total_ms: Math.round(totalMs),
  };
}

export function reportOf(
  request: PromptRequest,
  outputPath: string,
  conversation: Extract<Conversation, { is: 'good' }>,
): Record<string, unknown> {
  const { chat, tries, value } = conversation;
  const below = relative(request.batch_path, outputPath);
  const isBelow = below !== '' && !below.startsWith('..');
  const text = JSON.stringify(value);
  const isJson = chat.json !== null;
  const accepted = isJson ? (value as { accepted?: unknown } | null)?.accepted : undefined;
  return {
    ...costOf(chat, tries),
    output_file: isBelow ? below : outputPath,
    ...(request.is_decision === true
      ? (value as { choice: string; reason: string })
      : isJson && text.length <= REPLY_CHARACTERS_MAX
        ? { reply: value }
        : {}),
    // The word of a goal's tracked task (docs/PLAN_FORMAT.md).
    ...(typeof accepted === 'boolean' ? { accepted } : {}),
  };
}
