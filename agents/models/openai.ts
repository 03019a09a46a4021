// Any OpenAI-compatible server: nothing is loaded or unloaded, it is only asked whether it has the model.
import { Fault } from '../protocol/fault.ts';
import type { Driver, DriverPorts, Loaded } from './driver.ts';
import { ask } from './http.ts';
import type { ModelSpec } from './runtime.ts';

const ANSWER_MS_MAX = 15_000;

export function createOpenaiDriver(ports: DriverPorts): Driver {
  const listModels = async (
    model: string,
    baseUrl: string,
    keyVariable: string | null,
    signal?: AbortSignal,
  ): Promise<readonly { id?: string }[] | null> => {
    const to = { model, url: `${baseUrl}/models`, keyVariable };
    try {
      const call = { method: 'GET', signal, silenceMsMax: ANSWER_MS_MAX } as const;
      const { data } = ((await ask(ports, to, call)) ?? {}) as {
        data?: readonly { id?: string }[];
      };
      return data ?? null;
    } catch (error) {
      // A server without this route may still chat.
      if (error instanceof Fault && error.code === 'MODEL_REQUEST_REFUSED') return null;
      throw error;
    }
  };
  return {
    need: (spec) =>
      Promise.resolve({
        contextTokens: spec.contextTokens,
        mib: spec.vramMib ?? 0,
        isKnown: true,
        contextTokensMin: null,
      }),
    load: async ({ spec, signal }) => {
      const baseUrl = baseUrlOf(spec);
      const models = await listModels(spec.name, baseUrl, spec.keyVariable, signal);
      if (models !== null && !models.some(({ id }) => id === spec.source)) {
        const known = models.map(({ id }) => id).slice(0, 10);
        const problem = `it has ${known.length === 0 ? 'none' : known.join(', ')}`;
        throw new Fault('MODEL_NOT_AT_SERVER', { model: spec.source, url: baseUrl, problem });
      }
      return loadedOf(spec, baseUrl);
    },
    unload: () => Promise.resolve(),
    probe: async ({ endpoint }) => {
      try {
        await listModels(endpoint.name, endpoint.baseUrl, endpoint.keyVariable);
        return { is: 'alive' };
      } catch (error) {
        return { is: 'silent', problem: (error as Error).message };
      }
    },
  };
}

/** @throws Fault MODEL_URL_MISSING */
function baseUrlOf({ name, url }: ModelSpec): string {
  if (url === null) throw new Fault('MODEL_URL_MISSING', { model: name });
  return url.replace(/\/$/, '');
}

const loadedOf = (spec: ModelSpec, baseUrl: string): Loaded => ({
  endpoint: {
    name: spec.name,
    dialect: 'openai',
    baseUrl,
    model: spec.source,
    keyVariable: spec.keyVariable,
    contextTokens: spec.contextTokens,
  },
  contextTokens: spec.contextTokens,
  vramMib: null,
  loadMs: null,
  pid: null,
  isOurs: false,
  onGone: () => undefined,
});
