// HTTP to a model server. undici's own timeouts are off: its hidden limit of 300 s ends long prompts that are
// still being read. Silence is watched instead: whatever arrives re-arms the timer.
import { Agent, request } from 'undici';
import { Fault } from '../protocol/fault.ts';
import type { Clock } from '../process/clock.ts';
import { refusalOf } from './refusal.ts';

export interface HttpPorts {
  readonly clock: Clock;
  /** Keys are looked up here by name, when a request is sent. */
  readonly env: Readonly<Record<string, string>>;
}

/** Whom a request is for: `model` only names it in messages. */
export interface Target {
  readonly model: string;
  readonly url: string;
  readonly keyVariable: string | null;
}

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  readonly silenceMsMax: number;
}

const dispatcher = new Agent({
  headersTimeout: 0,
  bodyTimeout: 0,
  connect: { timeout: 10_000 },
  // A connection that was idle may belong to a server that has been replaced on the same port.
  keepAliveTimeout: 1,
  keepAliveMaxTimeout: 1,
});

interface Watchdog {
  readonly signal: AbortSignal;
  arm(): void;
  end(): void;
}

/** Its signal aborts with `silent()` when nothing re-armed it for `silenceMsMax`. */
function watch(
  clock: Clock,
  silenceMsMax: number,
  outer: AbortSignal | undefined,
  silent: () => Fault,
): Watchdog {
  const over = new AbortController();
  const barked = new AbortController();
  let lastMs = clock.monotonicMs();
  const run = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const leftMs = lastMs + silenceMsMax - clock.monotonicMs();
      if (leftMs <= 0) return barked.abort(silent());
      await clock.sleep(leftMs, over.signal);
    }
  };
  void run();
  return {
    signal: outer === undefined ? barked.signal : AbortSignal.any([outer, barked.signal]),
    arm: () => void (lastMs = clock.monotonicMs()),
    end: () => over.abort(),
  };
}

/**
 * The pieces of the reply's body as text, never cut inside a character.
 * @throws Fault MODEL_SERVER_GONE, MODEL_SERVER_SILENT, MODEL_STREAM_CUT, and those of refusal.ts
 */
export async function* stream(ports: HttpPorts, to: Target, call: Call): AsyncGenerator<string> {
  const silent = (): Fault =>
    new Fault('MODEL_SERVER_SILENT', {
      model: to.model,
      url: to.url,
      seconds: Math.round(call.silenceMsMax / 1000),
    });
  call.signal?.throwIfAborted();
  const headers = headersOf(ports, to);
  const watchdog = watch(ports.clock, call.silenceMsMax, call.signal, silent);
  let phase: 'asking' | 'reading' = 'asking';
  try {
    const response = await request(to.url, {
      method: call.method,
      headers,
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal: watchdog.signal,
      dispatcher,
    });
    watchdog.arm();
    if (response.statusCode >= 400) {
      throw refusalOf(to, response.statusCode, await response.body.text());
    }
    phase = 'reading';
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      watchdog.arm();
      yield decoder.decode(chunk as Uint8Array, { stream: true });
    }
  } catch (error) {
    if (watchdog.signal.aborted) throw watchdog.signal.reason;
    if (error instanceof Fault) throw error;
    const problem = problemOf(error as Error);
    throw phase === 'asking'
      ? new Fault('MODEL_SERVER_GONE', { model: to.model, url: to.url, problem })
      : new Fault('MODEL_STREAM_CUT', { model: to.model, problem });
  } finally {
    watchdog.end();
  }
}

function headersOf({ env }: HttpPorts, { model, keyVariable }: Target): Record<string, string> {
  const json = { 'content-type': 'application/json' };
  if (keyVariable === null) return json;
  const key = env[keyVariable];
  if (key === undefined || key === '') {
    throw new Fault('MODEL_KEY_MISSING', { model, variable: keyVariable });
  }
  return { ...json, authorization: `Bearer ${key}` };
}

/** undici hides the reason of a refused connection in `cause`, or in the errors of all addresses. */
function problemOf(error: Error & { cause?: unknown; errors?: readonly Error[] }): string {
  if (error.message !== '') return error.message;
  return error.errors?.[0]?.message ?? (error as NodeJS.ErrnoException).code ?? error.name;
}
const REPLY_CHARACTERS_MAX = 4_194_304;

/** A whole reply as JSON. @throws as `stream`; a reply that is no JSON is MODEL_SERVER_ERROR */
export async function ask(ports: HttpPorts, to: Target, call: Call): Promise<unknown> {
  let text = '';
  for await (const piece of stream(ports, to, call)) {
    text += piece;
    if (text.length > REPLY_CHARACTERS_MAX) break;
  }
  try {
    return text.trim() === '' ? null : JSON.parse(text);
  } catch {
    const problem = `its answer is not JSON: ${text.slice(0, 80)}`;
    throw new Fault('MODEL_SERVER_ERROR', { model: to.model, url: to.url, problem });
  }
}
