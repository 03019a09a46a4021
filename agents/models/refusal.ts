// What a server's error means. Servers agree on the shape `{"error": {"message"}}` or `{"error": "text"}` and on
// little else, so that some things are told by their words only. Pure.
import { Fault } from '../protocol/fault.ts';

export interface Refused {
  readonly model: string;
  readonly url: string;
}

const PROBLEM_CHARACTERS_MAX = 400;

/** `type` of llama-server; the words are those of vLLM, OpenAI and Ollama. */
const CONTEXT =
  /exceed_context_size|context_length_exceeded|(maximum|exceeds?\b.*) context (length|size|window)|prompt (is )?too long|input length exceeds/i;
const NOT_THERE = /model\b.*(not found|does not exist)|no such model|model_not_found/i;
const SCHEMA = /json.?schema|grammar|response_format|invalid format/i;
const MEMORY = /out of memory|requires more system memory|failed to allocate/i;

/** Of a status of at least 400, or of an error inside a stream (`status` is then its `code`, or 500). */
export function refusalOf(to: Refused, status: number, body: string): Fault {
  const { model, url } = to;
  const problem = `${status}: ${messageOf(body)}`.slice(0, PROBLEM_CHARACTERS_MAX);
  if (CONTEXT.test(body)) return new Fault('MODEL_CONTEXT_EXCEEDED', { model, problem });
  if (status === 401 || status === 403) return new Fault('MODEL_KEY_REFUSED', { model, problem });
  if (NOT_THERE.test(body)) return new Fault('MODEL_NOT_AT_SERVER', { model, url, problem });
  if (MEMORY.test(body)) return new Fault('MODEL_OOM', { model, problem });
  if (status === 429 || status === 503) return new Fault('MODEL_SERVER_BUSY', { model, problem });
  if (status < 500 && SCHEMA.test(body)) return new Fault('MODEL_SCHEMA_INVALID', { problem });
  if (status < 500) return new Fault('MODEL_REQUEST_REFUSED', { model, url, problem });
  return new Fault('MODEL_SERVER_ERROR', { model, url, problem });
}

function messageOf(body: string): string {
  try {
    const { error, message } = JSON.parse(body) as { error?: unknown; message?: unknown };
    const inner =
      typeof error === 'object' && error !== null
        ? (error as typeof error & { message?: unknown }).message
        : error;
    const said = inner ?? message;
    if (typeof said === 'string' && said !== '') return said;
  } catch {
    // A proxy's page, or nothing at all.
  }
  const text = body.trim().split('\n')[0] ?? '';
  return text === '' ? 'no reason given' : text;
}
