// When a card backs off, and when it comes back. Every threshold has a lower one at which it ends, so
// that a card does not flap around one value. What cannot be read counts as too hot (docs/ARCHITECTURE.md, rule 10).
import type { Config } from '../protocol/config.ts';
import type { Card } from '../protocol/heartbeat.ts';

/** What is over its threshold and not yet below its lower one. */
export interface ThermalState {
  readonly isHeated: boolean;
  readonly isPowerHigh: boolean;
  readonly isVramHigh: boolean;
}

export const COOL: ThermalState = { isHeated: false, isPowerHigh: false, isVramHigh: false };

export interface Thermal {
  readonly state: ThermalState;
  /** Why the card is constrained; empty when it is free. */
  readonly reasons: readonly string[];
}

/** The driver slows the card to save it. `sw_power_cap` is normal on rigs with a power limit. */
const SLOWDOWNS: ReadonlySet<string> = new Set([
  'hw_thermal_slowdown',
  'hw_power_brake_slowdown',
  'sw_thermal_slowdown',
]);

export type ThermalCard = Pick<
  Card,
  | 'temperature_celsius'
  | 'power_watts'
  | 'power_limit_watts'
  | 'vram_total_mib'
  | 'vram_used_mib'
  | 'throttle_reasons'
>;

export function decideThermal(
  before: ThermalState,
  card: ThermalCard,
  limits: Config['thermal'],
): Thermal {
  const slowdowns = card.throttle_reasons?.filter((reason) => SLOWDOWNS.has(reason)) ?? [];
  const heat = judge(
    before.isHeated,
    { name: 'temperature', unit: '°C', value: card.temperature_celsius },
    { max: limits.temperatureCelsiusMax, resume: limits.temperatureCelsiusResume },
  );
  const power = judge(
    before.isPowerHigh,
    { name: 'power', unit: '% of the limit', value: powerPercent(card) },
    { max: limits.powerPercentMax, resume: limits.powerPercentResume },
  );
  const vram = judge(
    before.isVramHigh,
    { name: 'VRAM', unit: '% in use', value: percent(card.vram_used_mib, card.vram_total_mib) },
    { max: limits.vramPercentMax, resume: limits.vramPercentResume },
  );
  const reasons = [heat, power, vram].flatMap(({ reason }) => (reason === null ? [] : [reason]));
  if (card.throttle_reasons === null) reasons.push('throttle reasons unknown');
  if (slowdowns.length > 0) reasons.push(`the driver slows the card: ${slowdowns.join(', ')}`);
  return {
    state: {
      // A slowdown ends as soon as the clocks are down; the heat behind it does not.
      isHeated: heat.isHigh || slowdowns.length > 0,
      isPowerHigh: power.isHigh,
      isVramHigh: vram.isHigh,
    },
    reasons,
  };
}

interface Sensor {
  readonly name: string;
  readonly unit: string;
  /** Undefined when the card has no such sensor, null when it could not be read. */
  readonly value: number | null | undefined;
}

interface Judgement {
  readonly isHigh: boolean;
  readonly reason: string | null;
}

function judge(
  wasHigh: boolean,
  { name, unit, value }: Sensor,
  { max, resume }: { readonly max: number; readonly resume: number },
): Judgement {
  if (value === undefined) return { isHigh: false, reason: null };
  if (value === null) return { isHigh: wasHigh, reason: `${name} unknown` };
  const is = `${name} ${Math.round(value)} ${unit}`;
  if (value >= max) return { isHigh: true, reason: `${is} ≥ ${max} ${unit}` };
  if (wasHigh && value >= resume) {
    return { isHigh: true, reason: `${is}, free again below ${resume} ${unit}` };
  }
  return { isHigh: false, reason: null };
}

/** Cards of laptops have no power limit, some no power sensor at all: then there is nothing to judge. */
function powerPercent(card: ThermalCard): number | null | undefined {
  return card.power_limit_watts === null && card.temperature_celsius !== null
    ? undefined
    : percent(card.power_watts, card.power_limit_watts);
}

const percent = (part: number | null, whole: number | null): number | null =>
  part === null || whole === null || whole === 0 ? null : (part / whole) * 100;
