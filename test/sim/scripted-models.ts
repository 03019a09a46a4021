// Model servers of a host that exist in the play only: a load takes its time, fails now and then, and a server may
// die. Like workers they outlive the agent that started them, and its next life finds them; a clean stop ends them.
import type { AgentModels, ModelView } from '../../agents/gpu/models.ts';
import type { Clock } from '../../agents/process/clock.ts';
import type { Config } from '../../agents/protocol/config.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import type { ModelConfig } from '../../agents/protocol/roster.ts';
import type { Dice } from './dice.ts';

/** The servers that live on a host, by agent and model. */
export type Servers = Set<string>;

const LOAD_MS_MAX = 2500;
const UNLOAD_MS_MAX = 300;

export function scriptModels(
  agent: string,
  { models }: Config,
  servers: Servers,
  clock: Clock,
  dice: Dice,
): AgentModels {
  const states = new Map<string, ModelView['state']>();
  const keyOf = (model: string): string => `${agent}/${model}`;
  const stateOf = (model: string): ModelView['state'] => {
    const own = states.get(model);
    if (own !== undefined) return own;
    return servers.has(keyOf(model)) ? 'ready' : 'cold';
  };
  return {
    start: () => Promise.resolve(),
    list: () => Object.keys(models).map((model) => viewOf(model, stateOf(model), models[model]!)),
    connect: (model) =>
      stateOf(model) === 'ready'
        ? {
            name: model,
            dialect: 'openai',
            apiBase: `http://${agent}/v1`,
            served: model,
            keyVariable: null,
            contextTokens: null,
          }
        : null,
    async load(model, onNote, signal) {
      if (stateOf(model) === 'ready')
        return { message: 'It was there already.', result: { model } };
      states.set(model, 'loading');
      onNote('loading');
      await clock.sleep(dice.between(10, LOAD_MS_MAX), signal);
      states.delete(model);
      signal.throwIfAborted();
      if (dice.chance(0.15)) throw new Fault('MODEL_OOM', { model, problem: 'the dice say so' });
      servers.add(keyOf(model));
      return { message: 'Loaded.', result: { model } };
    },
    async unload(model) {
      states.set(model, 'unloading');
      await clock.sleep(dice.between(10, UNLOAD_MS_MAX));
      servers.delete(keyOf(model));
      states.delete(model);
    },
    look: () => {
      for (const model of Object.keys(models)) {
        if (stateOf(model) === 'ready' && dice.chance(0.02)) servers.delete(keyOf(model));
      }
      return Promise.resolve();
    },
    close: () => {
      for (const model of Object.keys(models)) servers.delete(keyOf(model));
      return Promise.resolve();
    },
  };
}

function viewOf(model: string, state: ModelView['state'], config: ModelConfig): ModelView {
  const { vramMib = 0, slots, backend } = config;
  const isHeld = state !== 'cold' && state !== 'failed';
  return {
    model,
    backend,
    state,
    on_card: true,
    slots,
    context_tokens: null,
    vram_need_mib: vramMib,
    vram_reserved_mib: isHeld ? vramMib : 0,
    vram_measured_mib: null,
    refused: null,
    note: null,
    pid: null,
  };
}
