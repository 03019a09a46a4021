// The models that an agent may hold, as its loops see them: what is ready, what it costs, and the two things
// that a meta task may ask for. Everything that changes memory happens inside the runtime (agents/models).
import type { ModelInUse } from '../executor/prompt.ts';
import type { Endpoint } from '../models/chat-types.ts';
import type { CardPort, Held, ModelSpec, Partner, Ready, Runtime } from '../models/runtime.ts';
import { Fault, faultLine } from '../protocol/fault.ts';
import type { HeldModel } from '../protocol/heartbeat.ts';
import type { HeldSpec } from './roster-specs.ts';

/** Without what only the agent knows: who uses it. */
export type ModelView = Omit<HeldModel, 'slots_used' | 'draining'> & {
  /** Leader of its server's process group; null when there is none of ours. */
  readonly pid: number | null;
};

export type ModelConnection = Omit<ModelInUse, 'role' | 'systemFile'>;

export interface Loaded {
  readonly message: string;
  readonly result: Record<string, unknown>;
}

export interface AgentModels {
  /** Before anything else is asked. */
  start(card: CardPort): Promise<void>;
  /** Every model that this agent may hold, from memory: costs nothing. */
  list(): readonly ModelView[];
  /** What a task on this model needs; null while it is not ready. */
  connect(model: string): ModelConnection | null;
  /** `partners`: the other cards of a split model. @throws Fault, or the reason of `signal` */
  load(
    model: string,
    onNote: (note: string) => void,
    signal: AbortSignal,
    partners?: readonly Partner[],
  ): Promise<Loaded>;
  unload(model: string): Promise<void>;
  /** Asks the servers whether they live; never an inference. */
  look(): Promise<void>;
  /** Ends what is this agent's own. */
  close(): Promise<void>;
}

export const NO_MODELS: AgentModels = {
  start: () => Promise.resolve(),
  list: () => [],
  connect: () => null,
  load: (model) => Promise.reject(unknownModel(model)),
  unload: () => Promise.resolve(),
  look: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

const unknownModel = (name: string): Fault =>
  new Fault('ROSTER_NAME_UNKNOWN', { name, hint: '', known: 'none that this agent may hold' });

/** `open` starts the runtime; it takes over what an earlier life of this agent left. */
export function openModels(
  specs: readonly HeldSpec[],
  open: (card: CardPort) => Promise<Runtime>,
): AgentModels {
  if (specs.length === 0) return NO_MODELS;
  const costs = new Map<string, Cost>();
  let runtime: Runtime | null = null;
  const find = (model: string): HeldSpec => {
    const found = specs.find(({ spec }) => spec.name === model);
    if (found === undefined) throw unknownModel(model);
    return found;
  };
  const heldOf = (model: string): Held | undefined =>
    runtime?.held().find((held) => held.model === model);
  const price = async ({ spec }: HeldSpec): Promise<void> =>
    void costs.set(spec.name, await costOf(runtime!, spec));
  return {
    async start(card) {
      runtime = await open(card);
      for (const each of specs) if (!each.isElsewhere) await price(each);
    },
    list: () =>
      specs.map((each) => {
        const { name } = each.spec;
        const aside = runtime?.asideOf(each.spec) ?? null;
        return { ...viewOf(each, heldOf(name), costs.get(name)), ...(aside && { refused: aside }) };
      }),
    connect(model) {
      const found = specs.find(({ spec }) => spec.name === model);
      if (found === undefined) return null;
      if (found.isElsewhere) return connectionOf(elsewhere(found));
      const held = heldOf(model);
      return held?.state === 'ready' && held.endpoint !== null ? connectionOf(held.endpoint) : null;
    },
    async load(model, onNote, signal, partners = []) {
      const found = find(model);
      const spec = splitOver(found.spec, partners);
      const ready = await runtime!.ensureReady(spec, { onProgress: onNote, signal });
      // What was measured is known from now on.
      await price(found);
      return loaded(ready);
    },
    unload: (model) => runtime!.unload(model),
    look: async () => void (await runtime?.health()),
    async close() {
      await runtime?.close();
    },
  };
}

/** @throws Fault MODEL_PARTNER where it is given fewer cards than it takes, or more */
function splitOver(spec: ModelSpec, partners: readonly Partner[]): ModelSpec {
  const cards = spec.split?.cards ?? 1;
  if (cards === 1 + partners.length) {
    return spec.split === undefined ? spec : { ...spec, split: { cards, partners } };
  }
  const partner = `${1 + partners.length} cards`;
  throw new Fault('MODEL_PARTNER', { model: spec.name, partner, problem: `it takes ${cards}` });
}

/** What a load would reserve, or why there can be none. */
type Cost = { readonly mib: number } | { readonly problem: string };

async function costOf(runtime: Runtime, spec: ModelSpec): Promise<Cost> {
  try {
    return { mib: await runtime.need(spec) };
  } catch (error) {
    if (error instanceof Fault) return { problem: faultLine(error) };
    throw error;
  }
}

function loaded({ model, loadMs, vramMib, contextTokens, slots }: Ready): Loaded {
  const time =
    loadMs === null || loadMs === 0
      ? 'It was there already'
      : `Loaded in ${(loadMs / 1000).toFixed(1)} s`;
  const memory = vramMib === null ? '' : `, ${vramMib} MiB`;
  return {
    message: `${time}${memory}.`,
    result: {
      model,
      load_ms: loadMs,
      vram_mib: vramMib,
      context_tokens: contextTokens,
      slots,
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
  cost: Cost | undefined,
): ModelView {
  const known = cost !== undefined && 'mib' in cost ? cost.mib : null;
  return {
    model: spec.name,
    backend: spec.driver,
    state: isElsewhere ? 'ready' : (held?.state ?? 'cold'),
    on_card: isOnCard,
    ...(held === undefined || held.partners.length === 0 ? {} : { partners: [...held.partners] }),
    slots: held?.slots ?? spec.slots,
    context_tokens: held?.contextTokens ?? spec.contextTokens,
    vram_need_mib: isOnCard ? (known ?? spec.vramMib) : 0,
    vram_reserved_mib: isOnCard ? (held?.reservedMib ?? 0) : 0,
    vram_measured_mib: held?.measuredMib ?? null,
    refused: cost !== undefined && 'problem' in cost ? cost.problem : null,
    note: held?.note ?? null,
    pid: held?.pid ?? null,
  };
}
