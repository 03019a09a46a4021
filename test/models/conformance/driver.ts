// What every driver has to do, whatever is behind it. A driver is shown here with one model; its answers may be an
// echo or the noise of random weights, so that nothing is asked of their sense.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../../agents/models/chat-types.ts';
import type { ModelSpec, Ready, Runtime } from '../../../agents/models/runtime.ts';
import { Fault } from '../../../agents/protocol/fault.ts';
import { eventually } from '../../helpers/eventually.ts';
import { Stage } from '../stage.ts';

export interface Candidate {
  /** Prepares one model on the stage. `dispose` ends what was started for it. */
  set(stage: Stage): Promise<{ readonly spec: ModelSpec; readonly dispose: () => Promise<void> }>;
  /** Whether it loads models, so that unloading makes a difference. */
  readonly loads: boolean;
  /** Whether its servers are processes of the agent. */
  readonly owns: boolean;
}

const user = (content: string): ChatRequest => ({
  messages: [{ role: 'user', content }],
  maxTokens: 16,
  seed: 7,
});

const SCHEMA = {
  type: 'object',
  properties: {
    kind: { enum: ['invoice', 'letter'] },
    urgent: { type: 'boolean' },
    title: { type: 'string', maxLength: 8 },
  },
  required: ['kind', 'urgent', 'title'],
  additionalProperties: false,
};
const TOOL = {
  name: 'file_away',
  description: 'Files a document.',
  parameters: {
    type: 'object',
    properties: { folder: { enum: ['a', 'b'] } },
    required: ['folder'],
  },
};

async function faultOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
  return 'no fault';
}

export function describeDriver(name: string, candidate: Candidate): void {
  describe(`driver ${name}: a loaded model`, () => {
    whatItDoes(candidate);
  });
  describe(`driver ${name}: a cold model`, () => {
    howItComesAndGoes(candidate);
  });
}

interface Scene {
  readonly stage: Stage;
  readonly runtime: Runtime;
  readonly spec: ModelSpec;
  /** Ends everything and expects that nothing was left. */
  end(): Promise<void>;
}

async function openScene(candidate: Candidate): Promise<Scene> {
  const stage = new Stage();
  const { spec, dispose } = await candidate.set(stage);
  const runtime = await stage.open();
  const end = async (): Promise<void> => {
    const left = await stage.close();
    await dispose();
    expect(left).toEqual([]);
  };
  return { stage, runtime, spec, end };
}

/** One load serves them all: a real engine takes its time. */
function whatItDoes(candidate: Candidate): void {
  let scene: Scene;
  let loads: readonly Ready[];
  beforeAll(async () => {
    scene = await openScene(candidate);
    const { runtime, spec } = scene;
    expect(runtime.held()).toEqual([]);
    expect(await runtime.health()).toEqual([]);
    loads = await Promise.all([runtime.ensureReady(spec), runtime.ensureReady(spec)]);
  });
  afterAll(() => scene.end());

  it('was loaded once, for everybody who asked, and the runtime tells what it holds', async () => {
    const { runtime, spec, stage } = scene;
    const [first, second] = loads;
    expect(second!.endpoint).toEqual(first!.endpoint);
    expect(first).toMatchObject({ model: 'demo', slots: 2, contextTokens: 4096 });
    expect(first!.endpoint.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
    expect((await runtime.ensureReady(spec)).loadMs).toBe(0);
    expect(runtime.held()).toMatchObject([{ model: 'demo', state: 'ready', note: null }]);
    expect(stage.servers.length > 0).toBe(candidate.owns);
  });

  itChats(() => scene.runtime);

  it('is healthy', async () => {
    expect(await scene.runtime.health()).toEqual([{ model: 'demo', isAlive: true, problem: null }]);
  });
}

function itChats(runtimeOf: () => Runtime): void {
  it('answers: text, tokens, times, a limit, the same with the same seed', async () => {
    const runtime = runtimeOf();
    const pieces: string[] = [];
    const result = await runtime.chat('demo', user('hello'), {
      onToken: (text) => pieces.push(text),
    });
    expect(pieces.join('')).toBe(result.text);
    expect(result).toMatchObject({ model: 'demo', json: null, toolCalls: [] });
    expect(result.usage.promptTokens).toBeGreaterThan(0);
    expect(result.usage.generatedTokens).toBeGreaterThan(0);
    expect(result.timings.generateMs).toBeGreaterThan(0);
    expect(result.timings.firstTokenMs).toBeGreaterThan(0);
    expect((await runtime.chat('demo', user('hello'))).text).toBe(result.text);
    const short = await runtime.chat('demo', { ...user('a longer text'), maxTokens: 2 });
    expect(short.finishReason).toBe('length');
    expect(short.usage.generatedTokens).toBe(2);
  });

  it('is held to a schema, and calls a tool', async () => {
    const runtime = runtimeOf();
    const ask = { ...user('what is this?'), maxTokens: 200 };
    const { json } = await runtime.chat('demo', { ...ask, schema: SCHEMA });
    expect(json).toMatchObject({ is: 'ok', value: { title: expect.any(String) } });
    const called = await runtime.chat('demo', { ...ask, tools: [TOOL], toolChoice: 'required' });
    expect(called.finishReason).toBe('tool_calls');
    expect(called.toolCalls).toMatchObject([{ name: 'file_away', problem: null }]);
    expect(await faultOf(runtime.chat('demo', { ...ask, schema: { type: 'objekt' } }))).toBe(
      'MODEL_SCHEMA_INVALID',
    );
  });

  it('two at once, and one that is given up, do not disturb each other', async () => {
    const runtime = runtimeOf();
    const abort = new AbortController();
    const reason = new Error('enough');
    const long = { ...user('w '.repeat(300)), maxTokens: 400 };
    const given = runtime.chat('demo', long, {
      signal: abort.signal,
      onToken: () => abort.abort(reason),
    });
    const [, other] = await Promise.all([
      expect(given).rejects.toBe(reason),
      runtime.chat('demo', user('hello')),
    ]);
    expect(other.usage.generatedTokens).toBeGreaterThan(0);
  });

  it('a prompt beyond the context is refused, never cut', async () => {
    const runtime = runtimeOf();
    const long = user('x'.repeat(40_000));
    expect(await faultOf(runtime.chat('demo', long))).toBe('MODEL_CONTEXT_EXCEEDED');
    expect((await runtime.chat('demo', user('hello'))).text).not.toBe('');
  });
}

function howItComesAndGoes(candidate: Candidate): void {
  let scene: Scene;
  beforeEach(async () => {
    scene = await openScene(candidate);
  });
  afterEach(() => scene.end());

  it('a load that is given up leaves nothing', async () => {
    const { runtime, spec, stage } = scene;
    const abort = new AbortController();
    const reason = new Error('enough');
    const load = runtime.ensureReady(spec, {
      signal: abort.signal,
      onProgress: () => abort.abort(reason),
    });
    // A server that is not ours may have been quicker.
    const end = await load.then(
      () => 'ready',
      (error: unknown) => error,
    );
    expect(candidate.owns ? [reason] : [reason, 'ready']).toContain(end);
    expect(stage.servers).toEqual([]);
    expect(runtime.held()).toHaveLength(end === reason ? 0 : 1);
  });

  it.runIf(candidate.loads)('a context above that of the model is refused', async () => {
    const { runtime, spec } = scene;
    const load = runtime.ensureReady({ ...spec, contextTokens: 65_536 });
    expect(await faultOf(load)).toBe('MODEL_CONTEXT_TOO_LARGE');
    expect(runtime.held()).toMatchObject([{ state: 'failed', reservedMib: 0 }]);
  });

  it('is unloaded, loaded again, killed, and gone when the runtime is closed', async () => {
    const { runtime, spec, stage } = scene;
    const chat = () => runtime.chat('demo', user('hello'));
    expect(await faultOf(chat())).toBe('MODEL_NOT_READY');
    await runtime.ensureReady(spec);
    await runtime.unload('demo');
    await runtime.unload('demo');
    expect(runtime.held()).toEqual([]);
    expect(stage.servers).toEqual([]);
    expect(await faultOf(chat())).toBe('MODEL_NOT_READY');
    await runtime.ensureReady(spec);
    expect((await chat()).text).not.toBe('');
    for (const { pid } of runtime.held().filter((one) => one.pid !== null)) {
      process.kill(pid!, 'SIGKILL');
      await eventually('its death is noticed', () => runtime.held()[0]?.state === 'failed');
    }
    await runtime.close();
    expect(stage.servers).toEqual([]);
    expect(await faultOf(runtime.ensureReady(spec))).toBe('MODEL_NOT_READY');
  });
}
