// Whether a model may be loaded beside what is there, and what has to go first. Pure.
import type { CardRoom } from './runtime.ts';

export interface Tenant {
  readonly model: string;
  readonly reservedMib: number;
  readonly isIdle: boolean;
  /** On the monotonic clock. */
  readonly usedMs: number;
}

export type RoomDecision =
  | { readonly is: 'fits' }
  /** These, one after the other, and then look again. */
  | { readonly is: 'evict'; readonly models: readonly string[] }
  | { readonly is: 'refused'; readonly problem: string };

/** Least recently used first, no more than needed, and never one that works. */
export function decideRoom(
  needMib: number,
  room: CardRoom,
  tenants: readonly Tenant[],
): RoomDecision {
  const held = tenants.reduce((sum, { reservedMib }) => sum + reservedMib, 0);
  const sums = `${Math.ceil(needMib)} MiB needed, ${Math.floor(room.budgetMib)} MiB for models on this card`;
  if (needMib > room.budgetMib) return { is: 'refused', problem: sums };
  let missing = Math.max(held + needMib - room.budgetMib, needMib - room.freeMib);
  if (missing <= 0) return { is: 'fits' };
  const models: string[] = [];
  const idle = tenants.filter(({ isIdle }) => isIdle).toSorted((a, b) => a.usedMs - b.usedMs);
  for (const { model, reservedMib } of idle) {
    if (missing <= 0) break;
    models.push(model);
    missing -= reservedMib;
  }
  if (missing <= 0) return { is: 'evict', models };
  const holders = tenants.map(
    ({ model, reservedMib, isIdle }) =>
      `${model} ${Math.ceil(reservedMib)} MiB${isIdle ? '' : ' (working)'}`,
  );
  const inUse = holders.length === 0 ? 'no model is loaded' : `loaded: ${holders.join(', ')}`;
  const free = `${Math.floor(room.freeMib)} MiB free`;
  return { is: 'refused', problem: `${sums}, ${free}, ${inUse}` };
}
