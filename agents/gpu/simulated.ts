// A card that exists in the configuration only, for demonstrations and tests: its readings follow a
// script of points, and its memory is what other programs hold plus what tasks and models take of it.
import type { Clock } from '../process/clock.ts';
import type { AgentConfig, SimulatedPoint } from '../protocol/config.ts';
import type { Probe, Reading } from './probe.ts';
import { unknownCard } from './smi.ts';

const VRAM_MIB_DEFAULT = 6144;

type Point = { -readonly [Key in keyof SimulatedPoint]-?: NonNullable<SimulatedPoint[Key]> };

const IDLE: Point = {
  atMs: 0,
  temperatureCelsius: 40,
  powerWatts: 30,
  foreignMib: 0,
  throttleReasons: [],
  fault: 'none',
};
const POWER_LIMIT_WATTS = 250;
const CLOCK_MHZ = 1500;

export type SimulatedCard = Pick<AgentConfig, 'name' | 'vramMib' | 'curve'>;

export const simulatedUuid = (name: string): string => `SIM-${name}`;

/** Each point changes what it names; the rest holds on. */
function pointAt(curve: readonly SimulatedPoint[], elapsedMs: number): Point {
  const passed = curve.filter(({ atMs }) => atMs <= elapsedMs).toSorted((a, b) => a.atMs - b.atMs);
  return Object.assign({}, IDLE, ...passed) as Point;
}

export function simulate(card: SimulatedCard, elapsedMs: number, ownMib: number): Reading {
  const uuid = simulatedUuid(card.name);
  const point = pointAt(card.curve ?? [], elapsedMs);
  if (point.fault === 'lost') return { card: unknownCard(uuid), problem: 'the card is lost' };
  if (point.fault === 'unreadable') {
    return { card: unknownCard(uuid), problem: 'the telemetry cannot be read' };
  }
  const totalMib = card.vramMib ?? VRAM_MIB_DEFAULT;
  return {
    card: {
      uuid,
      name: 'Simulated card',
      temperature_celsius: point.temperatureCelsius,
      power_watts: point.powerWatts,
      power_limit_watts: POWER_LIMIT_WATTS,
      vram_total_mib: totalMib,
      vram_used_mib: Math.min(totalMib, point.foreignMib + ownMib),
      utilisation_percent: ownMib > 0 ? 100 : 0,
      clock_mhz: CLOCK_MHZ,
      throttle_reasons: [...point.throttleReasons],
    },
    problem: null,
  };
}

/** `measure`: MiB by process group, as processes declare them; null where none does. */
export function openSimulated(
  card: SimulatedCard,
  clock: Clock,
  measure: () => ReadonlyMap<number, number> | null = () => null,
): Probe {
  const startedMs = clock.monotonicMs();
  return {
    read: (ownMib) => simulate(card, clock.monotonicMs() - startedMs, ownMib),
    measureGroups: () => Promise.resolve(measure()),
    close: () => Promise.resolve(),
  };
}
