// What goes wrong in a run. Each kind has dice of its own, and a rate that differs from seed to seed, so
// that some runs see one kind often and others see many kinds seldom. After `untilMs` nothing breaks any
// more: then everything has to come to its end.
import type { Dice } from './dice.ts';
import { openDice } from './dice.ts';
import type { Operation } from './memory-disk.ts';

export const FAULT_KINDS = [
  /** A brain or an agent dies before or after an operation, or in the middle of a write. */
  'death',
  /** A process is stopped beyond its lease, and goes on. */
  'stall',
  /** An operation fails with EIO, ESTALE or ENOSPC; the disk is full for a while. */
  'io',
  /** A rename or link succeeds and reports a failure. */
  'lie',
  /** Hosts see old directories, old files and no new names for a while. */
  'stale',
  /** Bells are not heard. */
  'deaf',
  /** A second brain beside the first. */
  'brains',
  /** All hosts lose their power; what was not synced may be gone. */
  'power',
  /** Torn and foreign files appear in lanes. */
  'garbage',
  /** Wall clocks jump by hours. */
  'clock',
  /** Cancel, retry, pause, resume, stop, abort, kill at any moment. */
  'operator',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export type Incident =
  | { readonly is: 'death'; readonly when: 'before' | 'half' | 'after' }
  | { readonly is: 'stall'; readonly when: 'before' | 'after'; readonly ms: number }
  | { readonly is: 'error'; readonly code: string; readonly when: 'before' | 'half' }
  | { readonly is: 'lie'; readonly code: string };

export interface Faults {
  has(kind: FaultKind): boolean;
  diceOf(kind: FaultKind): Dice;
  /** Null nearly always. */
  draw(operation: Operation, nowMs: number): Incident | null;
  /** From then on nothing breaks any more. */
  untilMs: number;
}

const CHANGES: ReadonlySet<Operation> = new Set([
  'create',
  'write',
  'append',
  'rename',
  'link',
  'mkdir',
]);

export function openFaults(seed: number, kinds: readonly FaultKind[], untilMs: number): Faults {
  const dice = new Map(FAULT_KINDS.map((kind) => [kind, openDice(seed, `fault ${kind}`)]));
  const diceOf = (kind: FaultKind): Dice => dice.get(kind)!;
  const rateOf = (kind: FaultKind, most: number): number =>
    kinds.includes(kind) ? most * diceOf(kind).next() ** 2 : 0;
  const rates = {
    death: rateOf('death', 0.01),
    stall: rateOf('stall', 0.004),
    io: rateOf('io', 0.02),
    lie: rateOf('lie', 0.05),
  };
  let fullFromMs = Number.POSITIVE_INFINITY;
  let fullUntilMs = 0;
  if (kinds.includes('io') && diceOf('io').chance(0.4)) {
    fullFromMs = diceOf('io').next() * untilMs;
    fullUntilMs = fullFromMs + diceOf('io').between(500, 8000);
  }
  const error = (operation: Operation, nowMs: number): Incident | null => {
    const isFull = nowMs > fullFromMs && nowMs < fullUntilMs && CHANGES.has(operation);
    const own = diceOf('io');
    if (!isFull && !own.chance(rates.io)) return null;
    const when = own.chance(0.5) ? 'before' : 'half';
    return { is: 'error', when, code: isFull ? 'ENOSPC' : own.pick(codesOf(operation)) };
  };
  const faults: Faults = {
    untilMs,
    diceOf,
    has: (kind) => kinds.includes(kind),
    draw(operation, nowMs) {
      if (nowMs > faults.untilMs) return null;
      const { death, stall, lie } = rates;
      if (death > 0 && diceOf('death').chance(death)) {
        return { is: 'death', when: diceOf('death').pick(['before', 'half', 'after']) };
      }
      if (stall > 0 && diceOf('stall').chance(stall)) {
        const own = diceOf('stall');
        const ms = Math.round(own.pick([300, 3000, 15_000]) * (0.5 + own.next()));
        return { is: 'stall', ms, when: own.pick(['before', 'after']) };
      }
      if (
        lie > 0 &&
        (operation === 'rename' || operation === 'link') &&
        diceOf('lie').chance(lie)
      ) {
        const codes = operation === 'link' ? ['EEXIST', 'ESTALE'] : ['ENOENT', 'ESTALE', 'EEXIST'];
        return { is: 'lie', code: diceOf('lie').pick(codes) };
      }
      return error(operation, nowMs);
    },
  };
  return faults;
}

function codesOf(operation: Operation): string[] {
  if (operation === 'stat' || operation === 'list' || operation === 'read')
    return ['EIO', 'ESTALE'];
  return CHANGES.has(operation) ? ['EIO', 'ENOSPC'] : ['EIO'];
}

/** How an incident reads in a report. */
export function describe(incident: Incident): string {
  switch (incident.is) {
    case 'death':
      return incident.when === 'half' ? 'dies in the middle' : `dies ${incident.when} it`;
    case 'stall':
      return `is stopped for ${incident.ms} ms ${incident.when} it`;
    case 'error':
      return incident.when === 'half' ? `${incident.code} in the middle` : incident.code;
    case 'lie':
      return `it succeeds and reports ${incident.code}`;
  }
}
