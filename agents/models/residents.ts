// The state machine of one card's models. Whatever changes its memory is done in a queue, one thing after the
// other, and a model is in exactly one state: cold (not in the map), loading, ready, unloading, failed.
import type { Driver, DriverPorts, Loaded, Need } from './driver.ts';
import { ESTIMATE_MARGIN } from './estimate.ts';
import type { Losses } from './losses.ts';
import type { DriverName, Held, ModelSpec, Ready } from './runtime.ts';

export interface Resident {
  readonly spec: ModelSpec;
  /** The shape of the load: another one is another residency. */
  readonly key: string;
  state: 'loading' | 'ready' | 'unloading' | 'failed';
  need: Need | null;
  loaded: Loaded | null;
  note: string | null;
  /** Since when its server answers no health check, on the monotonic clock; null while it does. */
  silentSinceMs: number | null;
  /** On the monotonic clock: the least recently used one is evicted first. */
  usedMs: number;
  /** While it is loading: shared by everybody who waits for it. */
  loading: Loading | null;
}

export interface Loading {
  readonly done: Promise<Ready>;
  readonly abort: AbortController;
  waiters: number;
}

export interface Card {
  readonly ports: DriverPorts;
  readonly drivers: Readonly<Record<DriverName, Driver>>;
  readonly residents: Map<string, Resident>;
  readonly losses: Losses;
  /** The end of the queue. */
  tail: Promise<unknown>;
  isClosed: boolean;
}

/** Two names for one load are two loads; so the name is part of it. */
export const keyOf = (spec: ModelSpec): string => JSON.stringify(spec);

/** Runs after everything that was queued before, whether that went well or not. */
export function queued<T>(card: Card, work: () => Promise<T>): Promise<T> {
  const turn = card.tail.then(work, work);
  card.tail = turn.catch(() => undefined);
  return turn;
}

export const reservedBy = (need: Need | null): number => {
  if (need === null) return 0;
  return Math.ceil(need.isKnown ? need.mib : need.mib * ESTIMATE_MARGIN);
};

export function heldBy({ spec, state, need, loaded, note }: Resident): Held {
  const measuredMib = loaded?.vramMib ?? null;
  return {
    model: spec.name,
    state,
    endpoint: loaded?.endpoint ?? null,
    contextTokens: loaded?.contextTokens ?? need?.contextTokens ?? spec.contextTokens,
    kvType: spec.kvType,
    slots: spec.slots,
    partners: (spec.split?.partners ?? []).map(({ agent }) => agent),
    estimatedMib: Math.ceil(need?.mib ?? 0),
    measuredMib,
    reservedMib:
      state === 'failed' ? 0 : Math.max(measuredMib ?? 0, declared(spec, need, measuredMib)),
    note,
    pid: loaded?.pid ?? null,
  };
}

/** What was declared holds in any case; an estimate gives way to the measurement. */
function declared(spec: ModelSpec, need: Need | null, measuredMib: number | null): number {
  if (spec.vramMib !== null) return spec.vramMib;
  return measuredMib === null ? reservedBy(need) : 0;
}

export const readyOf = ({ spec }: Resident, loaded: Loaded, loadMs: number | null): Ready => ({
  model: spec.name,
  endpoint: loaded.endpoint,
  contextTokens: loaded.contextTokens,
  slots: spec.slots,
  vramMib: loaded.vramMib,
  loadMs,
});
