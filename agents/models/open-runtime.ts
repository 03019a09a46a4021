// The runtime of one card, or of a host's CPU: who waits for what, and what is asked of residents.
import { Fault } from '../protocol/fault.ts';
import { chat } from './chat.ts';
import type { DriverPorts, RuntimePorts } from './driver.ts';
import { embeddedEngine } from './embedded.ts';
import { llamaServer } from './llama-server.ts';
import { loadNow, lose } from './loading.ts';
import { openLosses } from './losses.ts';
import { createOllamaDriver } from './ollama.ts';
import { createOpenaiDriver } from './openai.ts';
import { createOwnedDriver } from './owned.ts';
import { heldBy, keyOf, queued, readyOf, reservedBy } from './residents.ts';
import type { Card, Loading, Resident } from './residents.ts';
import type { CardPort, Health, LoadOptions, ModelSpec, Ready, Runtime } from './runtime.ts';
import { unloadNow } from './unloading.ts';

/** Takes over what an earlier life of this agent left, before it resolves. */
export async function openRuntime(ports: RuntimePorts, cardPort: CardPort): Promise<Runtime> {
  const driverPorts: DriverPorts = { ...ports, card: cardPort };
  const owned = {
    'llama-server': createOwnedDriver(driverPorts, llamaServer),
    embedded: createOwnedDriver(driverPorts, embeddedEngine(ports.embeddedEntry)),
  };
  const card: Card = {
    ports: driverPorts,
    drivers: {
      ...owned,
      ollama: createOllamaDriver(driverPorts),
      openai: createOpenaiDriver(driverPorts),
    },
    residents: new Map(),
    losses: await openLosses(ports),
    tail: Promise.resolve(),
    isClosed: false,
  };
  for (const driver of Object.values(owned)) {
    for (const { spec, loaded, reservedMib } of await driver.adopt()) {
      const { contextTokens } = loaded;
      const need = { contextTokens, mib: reservedMib, isKnown: true, contextTokensMin: null };
      const resident = createResident(card, spec);
      card.residents.set(spec.name, Object.assign(resident, { state: 'ready', loaded, need }));
      ports.log.info({ model: spec.name, pid: loaded.pid }, 'model adopted');
    }
  }
  return {
    ensureReady: (spec, options = {}) => ensureReady(card, spec, options),
    need: async (spec) => {
      const roomMib = cardPort.memory()?.budgetMib ?? null;
      return reservedBy(await card.drivers[spec.driver].need(spec, roomMib));
    },
    chat: async (model, request, options) => {
      const resident = card.residents.get(model);
      if (resident?.state !== 'ready' || resident.loaded === null) {
        const problem = resident?.note ?? `it is ${resident?.state ?? 'cold'}`;
        throw new Fault('MODEL_NOT_READY', { model, problem });
      }
      resident.usedMs = ports.clock.monotonicMs();
      return chat(ports, resident.loaded.endpoint, request, options);
    },
    unload: (model) => unload(card, model),
    health: () => health(card),
    asideOf: (spec) => card.losses.asideOf(spec),
    held: () => [...card.residents.values()].map(heldBy),
    close: async () => {
      card.isClosed = true;
      await Promise.all([...card.residents.keys()].map((model) => unload(card, model)));
    },
  };
}

const createResident = (card: Card, spec: ModelSpec): Resident => ({
  spec,
  key: keyOf(spec),
  state: 'loading',
  need: null,
  loaded: null,
  note: null,
  silentSinceMs: null,
  usedMs: card.ports.clock.monotonicMs(),
  loading: null,
});

async function ensureReady(card: Card, spec: ModelSpec, options: LoadOptions): Promise<Ready> {
  options.signal?.throwIfAborted();
  if (card.isClosed)
    throw new Fault('MODEL_NOT_READY', { model: spec.name, problem: 'the runtime is closed' });
  const there = card.residents.get(spec.name);
  const isSame = there?.key === keyOf(spec);
  if (there !== undefined && isSame && there.state === 'ready' && there.loaded !== null) {
    there.usedMs = card.ports.clock.monotonicMs();
    return readyOf(there, there.loaded, 0);
  }
  if (there !== undefined && there.loading !== null) {
    if (isSame) return join(there.loading, options);
    throw new Fault('MODEL_IN_USE', { model: spec.name });
  }
  if (there?.state === 'ready' && !card.ports.card.isIdle(spec.name)) {
    throw new Fault('MODEL_IN_USE', { model: spec.name });
  }
  const problem = card.losses.asideOf(spec);
  if (problem !== null) throw new Fault('MODEL_SET_ASIDE', { model: spec.name, problem });
  return join(startLoading(card, spec, options.onProgress ?? (() => undefined)), options);
}

function startLoading(card: Card, spec: ModelSpec, onProgress: (note: string) => void): Loading {
  const before = card.residents.get(spec.name);
  const resident = createResident(card, spec);
  const abort = new AbortController();
  const work = async (): Promise<Ready> => {
    if (before !== undefined && before.loaded !== null) {
      await unloadNow(card, before);
      card.residents.set(spec.name, resident);
    }
    return loadNow(card, resident, abort.signal, onProgress);
  };
  card.residents.set(spec.name, resident);
  const done = queued(card, work).finally(() => {
    resident.loading = null;
  });
  resident.loading = { done, abort, waiters: 0 };
  return resident.loading;
}

/** A waiter that is aborted leaves; the load itself is given up when the last one has left. */
async function join(loading: Loading, { signal }: LoadOptions): Promise<Ready> {
  loading.waiters++;
  const left = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  try {
    return await Promise.race([loading.done, left]);
  } catch (error) {
    if (signal?.aborted === true && loading.waiters === 1) {
      loading.abort.abort(signal.reason);
      await loading.done.catch(() => undefined);
    }
    throw error;
  } finally {
    loading.waiters--;
  }
}

async function unload(card: Card, model: string): Promise<void> {
  const resident = card.residents.get(model);
  if (resident === undefined) return;
  const reason = new Fault('MODEL_NOT_READY', {
    model,
    problem: 'it was unloaded while it was loading',
  });
  resident.loading?.abort.abort(reason);
  await queued(card, async () => {
    const there = card.residents.get(model);
    if (there !== undefined && there.loading === null) await unloadNow(card, there);
  });
}

async function health(card: Card): Promise<Health[]> {
  const ready = [...card.residents.values()].filter(({ state }) => state === 'ready');
  return Promise.all(
    ready.map(async (resident): Promise<Health> => {
      const { spec, loaded } = resident;
      const probe = await card.drivers[spec.driver].probe(loaded!);
      if (probe.is === 'silent') resetWedged(card, resident, probe.problem);
      else resident.silentSinceMs = null;
      if (probe.is === 'alive') return { model: spec.name, isAlive: true, problem: null };
      if (probe.is === 'gone') lose(card, resident, probe.problem);
      return { model: spec.name, isAlive: false, problem: probe.problem };
    }),
  );
}

/** One silence proves nothing; a long one of a server that is ours to end is the end of it. */
function resetWedged(card: Card, resident: Resident, problem: string): void {
  const { clock, limits } = card.ports;
  const nowMs = clock.monotonicMs();
  resident.silentSinceMs ??= nowMs;
  const silentMs = nowMs - resident.silentSinceMs;
  const isOurs = (resident.loaded?.pid ?? null) !== null;
  if (silentMs < limits.silenceMsMax || !isOurs) return;
  lose(card, resident, `wedged, and reset: ${problem} for ${limits.silenceMsMax / 1000} s`);
}
