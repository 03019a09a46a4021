// An Ollama that somebody runs. It loads what we ask for and keeps it until we let it go (`keep_alive: -1`); what was
// loaded by others is used and never unloaded. Nothing here is an inference: a generate request without a prompt
// only loads. Ollama places models on cards itself; what it takes is counted on the card of this agent.
import { Fault } from '../protocol/fault.ts';
import { ollamaRoot } from './chat-ollama.ts';
import type { Driver, DriverPorts, Loaded, LoadOrder, Need } from './driver.ts';
import { estimate } from './estimate.ts';
import type { GgufValue } from './gguf-header.ts';
import { ask } from './http.ts';
import { shapeOf } from './model-shape.ts';
import type { ModelSpec } from './runtime.ts';

const USUAL_URL = 'http://127.0.0.1:11434';
const ANSWER_MS_MAX = 15_000;
const GONE_MS_MAX = 5000;
const LOOK_MS = 100;
const MIB = 1_048_576;

/** Where a model is: its server's root, its name there, and our name for it. */
interface Place {
  readonly root: string;
  readonly source: string;
  readonly name: string;
}

interface Running {
  readonly name?: string;
  readonly size_vram?: number;
  readonly context_length?: number;
}

export function createOllamaDriver(ports: DriverPorts): Driver {
  return {
    need: (spec) => needOf(ports, spec),
    load: (order) => load(ports, order),
    unload: (loaded) => (loaded.isOurs ? unload(ports, placeOf(loaded)) : Promise.resolve()),
    probe: async (loaded) => {
      try {
        const isThere = (await findRunning(ports, placeOf(loaded))) !== undefined;
        return isThere ? { is: 'alive' } : { is: 'gone', problem: 'Ollama has let it go' };
      } catch (error) {
        return { is: 'silent', problem: (error as Error).message };
      }
    },
  };
}

const placeOf = ({ endpoint: { baseUrl, model, name } }: Loaded): Place => ({
  root: ollamaRoot(baseUrl),
  source: model,
  name,
});
const placeOfSpec = ({ url, source, name }: ModelSpec): Place => ({
  root: ollamaRoot(url ?? USUAL_URL),
  source,
  name,
});

/** `qwen3` stands for `qwen3:latest`. */
const isSame = (name: string | undefined, source: string): boolean =>
  name === source || name === `${source}:latest`;

const call = (
  ports: DriverPorts,
  { root, name }: Place,
  path: string,
  body?: unknown,
  options: { signal?: AbortSignal; silenceMsMax?: number } = {},
): Promise<unknown> =>
  ask(
    ports,
    { model: name, url: `${root}${path}`, keyVariable: null },
    { method: body === undefined ? 'GET' : 'POST', body, silenceMsMax: ANSWER_MS_MAX, ...options },
  );

async function findRunning(ports: DriverPorts, place: Place): Promise<Running | undefined> {
  const { models } = (await call(ports, place, '/api/ps')) as { models?: readonly Running[] };
  return models?.find(({ name }) => isSame(name, place.source));
}

/** The same sums as for a file: /api/show gives the metadata of the header, /api/tags the size. */
async function needOf(ports: DriverPorts, spec: ModelSpec): Promise<Need> {
  const place = placeOfSpec(spec);
  const { models = [] } = (await call(ports, place, '/api/tags')) as {
    models?: readonly { name?: string; size?: number }[];
  };
  const found = models.find(({ name }) => isSame(name, spec.source));
  if (found === undefined) {
    const problem = `it has ${models.map(({ name }) => name).join(', ') || 'none'}`;
    throw new Fault('MODEL_NOT_AT_SERVER', { model: spec.source, url: place.root, problem });
  }
  const { model_info: values = {} } = (await call(ports, place, '/api/show', {
    model: spec.source,
  })) as { model_info?: Readonly<Record<string, GgufValue>> };
  const { contextTokens } = spec;
  const weights = { name: 'all', bytes: found.size ?? 0, end: 0 };
  const shape = shapeOf(new Map(Object.entries(values)), [weights]);
  const most = typeof shape === 'string' ? null : shape.contextTokensMax;
  if (contextTokens !== null && most !== null && contextTokens > most) {
    throw new Fault('MODEL_CONTEXT_TOO_LARGE', { model: spec.name, wanted: contextTokens, most });
  }
  const need = { contextTokens, contextTokensMin: null };
  if (spec.vramMib !== null) return { ...need, mib: spec.vramMib, isKnown: true };
  if (ports.card.devices === '') return { ...need, mib: 0, isKnown: true };
  if (typeof shape === 'string') return { ...need, mib: weights.bytes / MIB, isKnown: false };
  const { slots, kvType } = spec;
  const tokens =
    contextTokens ?? Math.min(shape.contextTokensMax, ports.limits.automaticContextTokensMax);
  const load = { contextTokens: tokens, slots, kvType, isFlashAttention: true };
  return { ...need, mib: estimate(shape, load).totalMib, isKnown: false };
}

async function load(ports: DriverPorts, order: LoadOrder): Promise<Loaded> {
  const { spec, need, signal } = order;
  const place = placeOfSpec(spec);
  const { contextTokens } = need;
  const before = await findRunning(ports, place);
  const isThere =
    before !== undefined && (contextTokens === null || before.context_length === contextTokens);
  if (isThere) return loadedOf(spec, place, before, null);
  const startMs = ports.clock.monotonicMs();
  order.onProgress('Ollama loads it');
  const options = contextTokens === null ? {} : { options: { num_ctx: contextTokens } };
  const body = { model: spec.source, keep_alive: -1, stream: false, ...options };
  const { loadStallMs: silenceMsMax } = ports.limits;
  await call(ports, place, '/api/generate', body, { signal, silenceMsMax });
  const after = await findRunning(ports, place);
  return loadedOf(spec, place, after, ports.clock.monotonicMs() - startMs);
}

function loadedOf(
  spec: ModelSpec,
  { root, source, name }: Place,
  running: Running | undefined,
  loadMs: number | null,
): Loaded {
  const contextTokens = spec.contextTokens ?? running?.context_length ?? null;
  const bytes = running?.size_vram;
  return {
    endpoint: {
      name,
      dialect: 'ollama',
      baseUrl: `${root}/v1`,
      model: source,
      keyVariable: null,
      contextTokens,
    },
    contextTokens,
    vramMib: bytes === undefined ? null : Math.ceil(bytes / MIB),
    loadMs,
    pid: null,
    isOurs: loadMs !== null,
    onGone: () => undefined,
  };
}

async function unload(ports: DriverPorts, place: Place): Promise<void> {
  await call(ports, place, '/api/generate', { model: place.source, keep_alive: 0, stream: false });
  const endMs = ports.clock.monotonicMs() + GONE_MS_MAX;
  while (ports.clock.monotonicMs() < endMs) {
    if ((await findRunning(ports, place)) === undefined) return;
    await ports.clock.sleep(LOOK_MS);
  }
}
