// What nvidia-smi prints, as numbers or null. A field reads `[N/A]`, `[Not Supported]`, `[Unknown Error]`,
// `[GPU is lost]` or `ERR!` when it could not be read: never a zero.
import type { Card } from '../protocol/heartbeat.ts';

const FIELDS = [
  'uuid',
  'name',
  'temperature.gpu',
  'power.draw',
  'power.limit',
  'memory.total',
  'memory.used',
  'utilization.gpu',
  'clocks.sm',
] as const;

/** Drivers from 535 on know the second name, most of them both. */
export const REASON_FIELDS = [
  'clocks_throttle_reasons.active',
  'clocks_event_reasons.active',
] as const;
export type ReasonField = (typeof REASON_FIELDS)[number];

const FORMAT = '--format=csv,noheader,nounits';

export const cardArgs = (uuid: string, reasonField: ReasonField, loopMs: number): string[] => [
  `--id=${uuid}`,
  `--query-gpu=${[...FIELDS, reasonField].join(',')}`,
  FORMAT,
  `--loop-ms=${loopMs}`,
];

export const APPS_ARGS: readonly string[] = [
  '--query-compute-apps=pid,used_memory,gpu_uuid',
  FORMAT,
];

/** nvmlClocksEventReasons of nvml.h. */
const REASONS: readonly (readonly [number, string])[] = [
  [0x1, 'gpu_idle'],
  [0x2, 'applications_clocks_setting'],
  [0x4, 'sw_power_cap'],
  [0x8, 'hw_slowdown'],
  [0x10, 'sync_boost'],
  [0x20, 'sw_thermal_slowdown'],
  [0x40, 'hw_thermal_slowdown'],
  [0x80, 'hw_power_brake_slowdown'],
  [0x100, 'display_clock_setting'],
];

export const parseNumber = (text: string): number | null =>
  /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : null;

/** Always sixteen digits: fewer are a row that was cut off. */
function parseReasons(text: string): string[] | null {
  if (!/^0x[0-9a-fA-F]{16}$/.test(text)) return null;
  const bits = BigInt(text);
  return REASONS.filter(([bit]) => (bits & BigInt(bit)) !== 0n).map(([, name]) => name);
}

/** Null for a line that is no row of this card: a message, another card, a row that was cut off. */
export function parseCard(line: string, uuid: string): Card | null {
  const fields = line.split(',').map((field) => field.trim());
  // The name is the only field that may hold commas.
  const [first, ...rest] = fields;
  const values = rest.slice(-(FIELDS.length - 1));
  const name = rest.slice(0, -(FIELDS.length - 1)).join(', ');
  if (first !== uuid || fields.length < FIELDS.length + 1 || values.at(-1) === '') return null;
  const [temperature, power, powerLimit, total, used, utilisation, clock] = values.map(parseNumber);
  return {
    uuid,
    name: name.startsWith('[') ? null : name,
    temperature_celsius: temperature!,
    power_watts: power!,
    power_limit_watts: powerLimit!,
    vram_total_mib: total!,
    vram_used_mib: used!,
    utilisation_percent: utilisation!,
    clock_mhz: clock!,
    throttle_reasons: parseReasons(values.at(-1)!),
  };
}

export const unknownCard = (uuid: string): Card => ({
  uuid,
  name: null,
  temperature_celsius: null,
  power_watts: null,
  power_limit_watts: null,
  vram_total_mib: null,
  vram_used_mib: null,
  utilisation_percent: null,
  clock_mhz: null,
  throttle_reasons: null,
});

export interface ComputeApp {
  readonly pid: number;
  /** Null inside containers and under MIG. */
  readonly usedMib: number | null;
}

export function parseApps(text: string, uuid: string): ComputeApp[] {
  return text.split('\n').flatMap((line) => {
    const [pid, used, card] = line.split(',').map((field) => field.trim());
    if (card !== uuid || !/^\d+$/.test(pid ?? '')) return [];
    return [{ pid: Number(pid), usedMib: parseNumber(used!) }];
  });
}

/**
 * MiB per process group, or null when that cannot be known: a process of the list that this host does not
 * see, or none at all although tasks run, means that the list is not about our processes (containers).
 */
export function vramByGroup(
  apps: readonly ComputeApp[],
  groupOf: (pid: number) => number | null,
): ReadonlyMap<number, number> | null {
  if (apps.length === 0) return null;
  const sums = new Map<number, number>();
  for (const { pid, usedMib } of apps) {
    const group = groupOf(pid);
    if (group === null || usedMib === null) return null;
    sums.set(group, (sums.get(group) ?? 0) + usedMib);
  }
  return sums;
}
