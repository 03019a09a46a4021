// What goes wrong at operations. Whether it does at the n-th operation of one life of a process follows
// from the seed and that name alone, so that a fault can be left out and the others stay where they are:
// shrinking (shrink.ts) lives on that. Rates differ from seed to seed: some runs see one kind often, others
// many kinds seldom. After `untilMs` nothing breaks any more: then everything has to come to its end.
import type { Dice } from './dice.ts';
import { openDice } from './dice.ts';
import { CHANGES } from './memory-disk.ts';
import type { Operation } from './memory-disk.ts';

export const FAULT_KINDS = [
  /** A brain or an agent dies before or after an operation, or in the middle of a write. */
  'death',
  /** A process is stopped, often beyond its lease, and goes on. */
  'stall',
  /** An operation fails with EIO, ESTALE or ENOSPC; the disk is full, or read-only, for a while. */
  'io',
  /** A rename, link, creation or removal succeeds and reports a failure. */
  'lie',
  /** A listing shows only some of what came and went while it was read. */
  'gap',
  /** Hosts see old directories, old files and no new names for a while: up to a minute. */
  'stale',
  /** Bells are not heard. */
  'deaf',
  /** A second brain beside the first. */
  'brains',
  /** One host, or all of them and the disk, lose their power; what was not synced may be gone. */
  'power',
  /** Torn and foreign files appear in every lane. */
  'garbage',
  /** Wall clocks jump by hours. */
  'clock',
  /** Cancel, retry, pause, resume, stop, abort, kill at any moment. */
  'operator',
  /** Task files that have moved on lie where they were once more, as rsync leaves them. */
  'copies',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

type Act =
  | { readonly is: 'death'; readonly when: 'before' | 'half' | 'after' }
  | { readonly is: 'stall'; readonly when: 'before' | 'after'; readonly ms: number }
  | { readonly is: 'error'; readonly code: string; readonly when: 'before' | 'half' }
  | { readonly is: 'lie'; readonly code: string }
  | { readonly is: 'gap' };

export type Incident = Act & { readonly kind: FaultKind; readonly key: string };

/** Asked at each operation of one life. */
export type Draw = (operation: Operation, nowMs: number) => Incident | null;

export interface Faults {
  readonly kinds: readonly FaultKind[];
  has(kind: FaultKind): boolean;
  /** Whether this very fault is played: all are, unless a schedule is being shrunk. */
  allows(key: string): boolean;
  /** For the life `who`, a name that no other life of the run has. */
  drawFor(who: string): Draw;
  /** Dice of one act, so that it is the same whatever else happens. */
  diceFor(act: string): Dice;
  /** From then on nothing breaks any more. */
  untilMs: number;
}

export interface FaultOptions {
  readonly seed: number;
  readonly kinds: readonly FaultKind[];
  readonly untilMs: number;
  readonly leaseMs: number;
  /** Keys of the only faults that are played. */
  readonly only?: ReadonlySet<string> | undefined;
}

interface Rates {
  readonly death: number;
  readonly stall: number;
  readonly io: number;
  readonly lie: number;
  readonly gap: number;
}

/** For a while every change is refused with the same error. */
interface Refusal {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly code: string;
}

export function openFaults(options: FaultOptions): Faults {
  const { seed, kinds, untilMs, only } = options;
  const own = openDice(seed, 'rates');
  const rateOf = (kind: FaultKind, most: number): number => {
    const rate = most * own.next() ** 2;
    return kinds.includes(kind) ? rate : 0;
  };
  const rates: Rates = {
    death: rateOf('death', 0.015),
    stall: rateOf('stall', 0.02),
    io: rateOf('io', 0.03),
    lie: rateOf('lie', 0.08),
    gap: rateOf('gap', 0.2),
  };
  const refusal = kinds.includes('io') && own.chance(0.4) ? refusalOf(own, untilMs) : null;
  const faults: Faults = {
    kinds,
    untilMs,
    has: (kind) => kinds.includes(kind),
    allows: (key) => only?.has(key) ?? true,
    diceFor: (act) => openDice(seed, `act ${act}`),
    drawFor(who) {
      const dice = openDice(seed, `faults of ${who}`);
      let serial = 0;
      return (operation, nowMs) => {
        serial += 1;
        if (nowMs > faults.untilMs) return null;
        const act = draw(dice, rates, refusal, options.leaseMs, operation, nowMs);
        if (act === null) return null;
        const key = `${who}@${serial}`;
        return faults.allows(key) ? { ...act, kind: kindOf(act), key } : null;
      };
    },
  };
  return faults;
}

const kindOf = (act: Act): FaultKind => (act.is === 'error' ? 'io' : act.is);

function refusalOf(dice: Dice, untilMs: number): Refusal {
  const fromMs = dice.next() * untilMs;
  const code = dice.pick(['ENOSPC', 'ENOSPC', 'EROFS', 'EIO']);
  return { fromMs, untilMs: fromMs + dice.between(500, 8000), code };
}

const LIES: Partial<Record<Operation, readonly string[]>> = {
  rename: ['ENOENT', 'ESTALE', 'EEXIST', 'EIO'],
  link: ['EEXIST', 'ESTALE'],
  create: ['EEXIST', 'ESTALE'],
  unlink: ['ESTALE', 'EIO'],
};

function draw(
  dice: Dice,
  rates: Rates,
  refusal: Refusal | null,
  leaseMs: number,
  operation: Operation,
  nowMs: number,
): Act | null {
  let at = dice.next();
  if (at < rates.death) return { is: 'death', when: dice.pick(['before', 'half', 'after']) };
  at -= rates.death;
  if (at < rates.stall) {
    const ms = Math.round(dice.pick([300, 0.5 * leaseMs, 1.6 * leaseMs]) * (0.6 + dice.next()));
    return { is: 'stall', ms, when: dice.pick(['before', 'after']) };
  }
  at -= rates.stall;
  const isRefused = refusal !== null && nowMs > refusal.fromMs && nowMs < refusal.untilMs;
  if (isRefused && CHANGES.has(operation)) return { is: 'error', when: 'half', code: refusal.code };
  if (at < rates.io) {
    return {
      is: 'error',
      when: dice.pick(['before', 'half']),
      code: dice.pick(codesOf(operation)),
    };
  }
  at -= rates.io;
  const lies = LIES[operation];
  if (lies !== undefined && at < rates.lie) return { is: 'lie', code: dice.pick(lies) };
  return operation === 'list' && at < rates.gap ? { is: 'gap' } : null;
}

function codesOf(operation: Operation): string[] {
  if (operation === 'stat' || operation === 'list' || operation === 'read')
    return ['EIO', 'ESTALE'];
  return CHANGES.has(operation) ? ['EIO', 'ENOSPC'] : ['EIO'];
}

/** How an incident reads in a report. */
export function describe(incident: Act): string {
  switch (incident.is) {
    case 'death':
      return incident.when === 'half' ? 'dies in the middle' : `dies ${incident.when} it`;
    case 'stall':
      return `is stopped for ${incident.ms} ms ${incident.when} it`;
    case 'error':
      return incident.when === 'half' ? `${incident.code} in the middle` : incident.code;
    case 'lie':
      return `it succeeds and reports ${incident.code}`;
    case 'gap':
      return 'it is read while names come and go';
  }
}
