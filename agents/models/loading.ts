// The way from cold to ready: what it needs, room for it, the turn of this host, the load, and one second try when
// memory ran out all the same.
import { acquireHostLock } from '../process/host-lock.ts';
import { Fault } from '../protocol/fault.ts';
import type { Loaded, LoadOrder, Need } from './driver.ts';
import { heldBy, queued, readyOf, reservedBy } from './residents.ts';
import type { Card, Resident } from './residents.ts';
import { decideRoom } from './room.ts';
import type { Tenant } from './room.ts';
import type { Ready } from './runtime.ts';
import { awaitMemory, unloadNow } from './unloading.ts';

const CONTEXT_STEP = 256;
/** What other programs may take meanwhile without looking like memory that did not come back. */
const SLACK_MIB = 256;

/** In the queue already. @throws Fault MODEL_*, the reason of `signal`; then the resident is `failed`, or gone when it was aborted */
export async function loadNow(
  card: Card,
  resident: Resident,
  signal: AbortSignal,
  onProgress: (note: string) => void,
): Promise<Ready> {
  const { ports, drivers } = card;
  const { spec } = resident;
  const hear = (note: string): void => {
    resident.note = note;
    onProgress(note);
  };
  try {
    signal.throwIfAborted();
    const need = await drivers[spec.driver].need(spec, roomFor(card, resident));
    await makeRoom(card, resident, need);
    resident.need = need;
    const loaded = await loadInTurn(card, resident, need, signal, hear);
    resident.loaded = loaded;
    resident.state = 'ready';
    resident.note = null;
    resident.usedMs = ports.clock.monotonicMs();
    loaded.onGone((problem) => lose(card, resident, problem));
    ports.log.info({ model: spec.name, ms: loaded.loadMs, mib: loaded.vramMib }, 'load');
    return readyOf(resident, loaded, loaded.loadMs);
  } catch (error) {
    resident.state = 'failed';
    resident.note = (error as Error).message;
    if (signal.aborted) card.residents.delete(spec.name);
    ports.log.warn({ model: spec.name, err: error }, 'load failed');
    throw error;
  }
}

/**
 * It ended by itself, or it is wedged: what is left of its group is ended, and the next ensureReady loads it again,
 * unless that happens too often.
 */
export function lose(card: Card, resident: Resident, problem: string): void {
  const { loaded, spec } = resident;
  if (resident.state !== 'ready' || loaded === null) return;
  resident.state = 'failed';
  resident.note = problem;
  resident.loaded = null;
  card.losses.note(spec.name, problem);
  card.ports.log.warn({ model: spec.name, problem }, 'model lost');
  queued(card, () => card.drivers[spec.driver].unload(loaded)).catch((error: unknown) => {
    card.ports.log.warn({ model: spec.name, err: error }, 'the rest of a lost server');
  });
}

const othersOf = (card: Card, { spec }: Resident): Tenant[] =>
  [...card.residents.values()]
    .filter((other) => other.spec.name !== spec.name && other.loaded !== null)
    .map((other) => ({
      model: other.spec.name,
      reservedMib: heldBy(other).reservedMib,
      isIdle: card.ports.card.isIdle(other.spec.name),
      usedMs: other.usedMs,
    }));

/** What an automatic context may use: idle models can go. Null where memory is not counted. */
function roomFor(card: Card, resident: Resident): number | null {
  const room = card.ports.card.memory();
  if (room === null) return null;
  const others = othersOf(card, resident);
  const sum = (tenants: readonly Tenant[]): number =>
    tenants.reduce((total, { reservedMib }) => total + reservedMib, 0);
  const working = sum(others.filter(({ isIdle }) => !isIdle));
  const idle = sum(others.filter(({ isIdle }) => isIdle));
  return Math.min(room.budgetMib - working, room.freeMib + idle);
}

async function makeRoom(card: Card, resident: Resident, need: Need): Promise<void> {
  const { name: model } = resident.spec;
  const needMib = reservedBy(need);
  if (needMib === 0) return;
  for (;;) {
    const room = card.ports.card.memory();
    if (room === null && card.ports.card.devices === '') return;
    if (room === null) throw new Fault('MODEL_CARD_UNREADABLE', { model });
    const decision = decideRoom(needMib, room, othersOf(card, resident));
    if (decision.is === 'fits') return;
    if (decision.is === 'refused') {
      const isForEver = needMib > room.budgetMib;
      const { problem } = decision;
      throw new Fault(isForEver ? 'MODEL_TOO_LARGE' : 'MODEL_NO_ROOM', { model, problem });
    }
    for (const evicted of decision.models) await unloadNow(card, card.residents.get(evicted)!);
  }
}

/** One load at a time on a host: two that measure and fill one memory would both be wrong. */
async function loadInTurn(
  card: Card,
  resident: Resident,
  need: Need,
  signal: AbortSignal,
  onProgress: (note: string) => void,
): Promise<Loaded> {
  const { ports, drivers } = card;
  const { spec } = resident;
  const driver = drivers[spec.driver];
  const order = (shape: Need): LoadOrder => ({
    spec,
    need: shape,
    reservedMib: reservedBy(shape),
    signal,
    onProgress,
  });
  const holder = `${ports.agent.name} loads ${spec.name} (pid ${ports.owner.pid})`;
  const lock = await acquireHostLock(ports.lockName, holder, ports.clock, signal, (other) =>
    onProgress(`waiting for its turn: ${other}`),
  );
  const freeMib = ports.card.memory()?.freeMib ?? null;
  try {
    return await driver.load(order(need));
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'MODEL_OOM') throw error;
    const second = await secondTry(card, resident, need);
    if (second === null) throw error;
    ports.log.warn({ model: spec.name, ...second }, 'out of memory: once more');
    if (freeMib !== null) await awaitMemory(card, freeMib - SLACK_MIB);
    resident.need = second;
    return await driver.load(order(second));
  } finally {
    await lock.release();
  }
}

/** Half the context where it may be smaller, else without the idle models; null when there is nothing to try. */
async function secondTry(card: Card, resident: Resident, need: Need): Promise<Need | null> {
  const { contextTokens, contextTokensMin } = need;
  if (contextTokens !== null && contextTokensMin !== null && contextTokens > contextTokensMin) {
    const half = Math.floor(contextTokens / 2 / CONTEXT_STEP) * CONTEXT_STEP;
    return { ...need, contextTokens: Math.max(half, contextTokensMin) };
  }
  const idle = othersOf(card, resident).filter(({ isIdle }) => isIdle);
  if (idle.length === 0) return null;
  for (const { model } of idle) await unloadNow(card, card.residents.get(model)!);
  return need;
}
