// One completion against a server of its own process, as servers are: torn, dirty, refusing, silent, cut.
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { chat } from '../../agents/models/chat.ts';
import type { ChatOptions, ChatRequest, Endpoint } from '../../agents/models/chat-types.ts';
import { realClock } from '../../agents/process/clock.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import { startServer } from './fakes.ts';
import type { Fake } from './fakes.ts';

const LOOK = {
  name: 'look',
  description: 'Looks at one place.',
  parameters: { type: 'object', properties: { at: { type: 'integer' } }, required: ['at'] },
};
const STOP = { name: 'stop', description: 'Stops.', parameters: { type: 'object' } };

let fake: Fake;
beforeAll(async () => {
  fake = await startServer('fake-openai', ['--pause', '2']);
});
afterAll(() => fake.end());

const endpoint = (changes: Partial<Endpoint> = {}): Endpoint => ({
  name: 'demo',
  dialect: 'openai',
  baseUrl: `${fake.url}/v1`,
  model: 'tiny',
  keyVariable: null,
  contextTokens: null,
  ...changes,
});

const ports = { clock: realClock, env: {} };
const user = (content: string): ChatRequest => ({ messages: [{ role: 'user', content }] });
const ask = (request: ChatRequest, options?: ChatOptions) =>
  chat(ports, endpoint(), request, options);
const play = (name: string, options?: ChatOptions) =>
  ask({ ...user(`play:${name}`), tools: [LOOK, STOP] }, options);

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    return `resolved: ${JSON.stringify(await work)}`;
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
}

describe('a reply', () => {
  it('streams, counts and times', async () => {
    const pieces: string[] = [];
    const result = await ask(user('hello'), { onToken: (text) => pieces.push(text) });
    expect(result).toMatchObject({
      model: 'demo',
      text: 'echo: hello',
      json: null,
      toolCalls: [],
      finishReason: 'stop',
      usage: { promptTokens: 2, generatedTokens: 3 },
      timings: { promptMs: 4, generateMs: 30 },
    });
    expect(pieces).toEqual(['echo', ': he', 'llo']);
    expect(result.timings.firstTokenMs).toBeGreaterThan(0);
    expect(result.timings.totalMs).toBeGreaterThanOrEqual(result.timings.firstTokenMs!);
  });

  it('ends at max_tokens', async () => {
    const result = await ask({ ...user('hello'), maxTokens: 2 });
    expect(result).toMatchObject({ text: 'echo: he', finishReason: 'length' });
  });

  it('is JSON when a schema asks for it', async () => {
    const schema = { type: 'object', properties: { kind: { enum: ['a', 'b'] } } };
    expect((await ask({ ...user('x'), schema })).json).toEqual({ is: 'ok', value: { kind: 'a' } });
  });

  it.each([
    ['torn-apart', 'Grüße, 世界 🎼'],
    ['parts', 'ab'],
    ['comments-and-crlf', 'x'],
    ['no-done', 'x'],
    ['no-finish-reason', 'x'],
    ['strange-finish', 'x'],
    ['reset-after-the-end', 'x'],
  ])('%s: is read as it was meant', async (name, text) => {
    expect(await play(name)).toMatchObject({ text, finishReason: 'stop', toolCalls: [] });
  });
});

describe('tool calls out of dirty streams', () => {
  const one = [{ name: 'look', arguments: { at: 1 }, problem: null }];
  const two = [one[0], { name: 'look', arguments: { at: 2 }, problem: null }];
  it.each([
    ['index-missing', one],
    ['index-always-0', two],
    ['two-tools-index-0', [one[0], { name: 'stop', arguments: {}, problem: null }]],
    ['new-id-per-fragment', one],
    ['name-repeated', one],
    ['arguments-object', one],
    ['stop-after-tools', one],
    ['interleaved', two],
    ['arguments-cut', one],
    ['arguments-wrong', [{ name: 'look', problem: '/at must be integer' }]],
    ['tool-unknown', [{ name: 'lok', problem: 'there is no tool "lok"' }]],
  ])('%s', async (name, calls) => {
    const result = await play(name);
    expect(result.finishReason).toBe('tool_calls');
    expect(result.toolCalls).toMatchObject(calls);
    expect(result.toolCalls).toHaveLength(calls.length);
  });
});

describe('refusals have codes', () => {
  it.each([
    ['cut-in-mid-token', 'MODEL_STREAM_CUT'],
    ['ended-in-mid-token', 'MODEL_STREAM_CUT'],
    ['damaged-event', 'MODEL_STREAM_CUT'],
    ['error-in-stream', 'MODEL_SERVER_ERROR'],
    ['html-error', 'MODEL_SERVER_ERROR'],
    ['key-refused', 'MODEL_KEY_REFUSED'],
    ['no-model', 'MODEL_NOT_AT_SERVER'],
    ['busy', 'MODEL_SERVER_BUSY'],
    ['bad-request', 'MODEL_REQUEST_REFUSED'],
    ['bad-grammar', 'MODEL_SCHEMA_INVALID'],
    ['context-vllm', 'MODEL_CONTEXT_EXCEEDED'],
  ])('%s: %s', async (name, code) => {
    expect(await codeOf(play(name))).toBe(code);
  });

  it.each([['silent'], ['silent-from-the-start']])('%s', async (name) => {
    expect(await codeOf(play(name, { silenceMsMax: 200 }))).toBe('MODEL_SERVER_SILENT');
  });

  it('a prompt that is too long', async () => {
    expect(await codeOf(ask(user('x'.repeat(20_000))))).toBe('MODEL_CONTEXT_EXCEEDED');
  });

  it('a server that is not there', async () => {
    const gone = chat(ports, endpoint({ baseUrl: 'http://127.0.0.1:9/v1' }), user('x'));
    await expect(gone).rejects.toThrow(
      /^the server of model demo at http:\/\/127\.0\.0\.1:9\/v1\/chat\/completions cannot be reached: \S/,
    );
  });

  it('a key that is not set', async () => {
    const asked = chat(ports, endpoint({ keyVariable: 'DEMO_KEY' }), user('x'));
    expect(await codeOf(asked)).toBe('MODEL_KEY_MISSING');
  });

  it('a schema that is none, before anything is sent', async () => {
    const asked = chat(ports, endpoint({ baseUrl: 'http://127.0.0.1:9/v1' }), {
      ...user('x'),
      schema: { type: 'objekt' },
    });
    expect(await codeOf(asked)).toBe('MODEL_SCHEMA_INVALID');
  });

  it('an abort is no refusal: its own reason comes back, at once', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const asked = play('silent', { signal: abort.signal, onToken: () => abort.abort(reason) });
    await expect(asked).rejects.toBe(reason);
  });
});
