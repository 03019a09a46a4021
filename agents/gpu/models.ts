// The models that an agent may hold, as its loops see them: what is ready, what it costs, and the two things
// that a meta task may ask for. Everything that changes memory happens inside the runtime (agents/models).
import type { ModelInUse } from '../executor/prompt.ts';
import type { Endpoint } from '../models/chat-types.ts';
import type { Held } from '../models/runtime.ts';
import { Fault } from '../protocol/fault.ts';
import type { HeldModel } from '../protocol/heartbeat.ts';
import type { HeldSpec } from './roster-specs.ts';

/** Without what only the agent knows: who uses it, and what fits its card. */
export type ModelView = Omit<HeldModel, 'slots_used' | 'draining' | 'refused'> & {
  /** Leader of its server's process group; null when there is none of ours. */
  readonly pid: number | null;
};

export type ModelConnection = Omit<ModelInUse, 'role' | 'systemFile'>;

export interface Loaded {
  readonly message: string;
  readonly result: Record<string, unknown>;
}

export interface AgentModels {
  /** Every model that this agent may hold, from memory: costs nothing. */
  list(): readonly ModelView[];
  /** What a task on this model needs; null while it is not ready. */
  connect(model: string): ModelConnection | null;
  /** @throws Fault, or the reason of `signal` */
  load(model: string, onNote: (note: string) => void, signal: AbortSignal): Promise<Loaded>;
  unload(model: string): Promise<void>;
  /** Asks the servers whether they live; never an inference. */
  look(): Promise<void>;
  /** Ends what is this agent's own. */
  close(): Promise<void>;
}

export const NO_MODELS: AgentModels = {
  list: () => [],
  connect: () => null,
  load: (model) => Promise.reject(unknownModel(model)),
  unload: () => Promise.resolve(),
  look: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

const unknownModel = (name: string): Fault =>
  new Fault('ROSTER_NAME_UNKNOWN', { name, hint: '', known: 'none that this agent may hold' });

/** Servers that run somewhere: nothing is loaded or unloaded, they are there for everybody. */
export function openServers(specs: readonly HeldSpec[]): AgentModels {
  const servers = specs.filter(({ isElsewhere }) => isElsewhere);
  return {
    ...NO_MODELS,
    list: () => servers.map((each) => viewOf(each, undefined, null)),
    connect(model) {
      const found = servers.find(({ spec }) => spec.name === model);
      return found === undefined ? null : connectionOf(elsewhere(found));
    },
  };
}

/** A server that runs somewhere: nothing of it is held, and it is there for everybody. */
const elsewhere = ({ spec }: HeldSpec): Endpoint => ({
  name: spec.name,
  dialect: 'openai',
  baseUrl: spec.url!,
  model: spec.source,
  keyVariable: spec.keyVariable,
  contextTokens: spec.contextTokens,
});

const connectionOf = (endpoint: Endpoint): ModelConnection => ({
  name: endpoint.name,
  dialect: endpoint.dialect,
  apiBase: endpoint.baseUrl,
  served: endpoint.model,
  keyVariable: endpoint.keyVariable,
  contextTokens: endpoint.contextTokens,
});

function viewOf(
  { spec, isOnCard, isElsewhere }: HeldSpec,
  held: Held | undefined,
  needMib: number | null,
): ModelView {
  return {
    model: spec.name,
    backend: spec.driver,
    state: isElsewhere ? 'ready' : (held?.state ?? 'cold'),
    on_card: isOnCard,
    slots: held?.slots ?? spec.slots,
    context_tokens: held?.contextTokens ?? spec.contextTokens,
    vram_need_mib: isOnCard ? (held?.measuredMib ?? needMib ?? spec.vramMib) : 0,
    vram_reserved_mib: isOnCard ? (held?.reservedMib ?? 0) : 0,
    vram_measured_mib: held?.measuredMib ?? null,
    note: held?.note ?? null,
    pid: held?.pid ?? null,
  };
}
