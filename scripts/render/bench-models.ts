// The view of `tutti bench models`. Pure.
import type { BenchResult } from '../bench/models/run.ts';
import type { Measured } from '../bench/models/measure.ts';
import { differencePercent } from '../bench/models/statistics.ts';
import type { Spread } from '../bench/models/statistics.ts';
import type { Paint } from './paint.ts';
import { columns, duration } from './text.ts';

const HEAD = [
  'backend',
  'prompt tok/s',
  'generated tok/s',
  'first token',
  'load',
  'VRAM',
  'J/token',
];

export function renderBenchModels({ measured, commandLines }: BenchResult, paint: Paint): string[] {
  const rows = measured.map((one) => [
    one.backend,
    spread(one.promptRate),
    `${spread(one.generateRate)}${one.isOutside ? ' *' : ''}`,
    spread(one.firstTokenMs, ' ms'),
    one.loadMs === null ? '-' : duration(one.loadMs),
    one.vramMib === null ? '-' : `${one.vramMib} MiB`,
    spread(one.joulesPerToken),
  ]);
  const isOutside = measured.some((one) => one.isOutside);
  return [
    ...columns([HEAD.map((word) => paint.dim(word)), ...rows]),
    '',
    'median (lowest to highest); rates are of the servers’ own counts',
    ...(isOutside ? ['* this server tells no times: seen from outside'] : []),
    ...verdicts(measured),
    '',
    ...[...commandLines].map(([backend, line]) => `${paint.bold(backend)}: ${line}`),
  ];
}

function spread(value: Spread | null, unit = ''): string {
  if (value === null) return '-';
  const digits = (number: number): string => number.toFixed(number < 100 ? 1 : 0);
  return `${digits(value.median)}${unit} (${digits(value.min)} to ${digits(value.max)})`;
}

/** Each against the first. */
function verdicts([first, ...others]: readonly Measured[]): string[] {
  return others.flatMap((other) => [
    verdict('prompt', first!, other, first!.promptRate, other.promptRate),
    verdict('generation', first!, other, first!.generateRate, other.generateRate),
  ]);
}

function verdict(
  what: string,
  first: Measured,
  other: Measured,
  a: Spread | null,
  b: Spread | null,
): string {
  if (a === null || b === null) return `${what}: not comparable, one of them tells no counts`;
  const percent = differencePercent(a, b);
  if (percent === 0)
    return `${what}: ${other.backend} and ${first.backend} are equal within their spread`;
  const word = percent > 0 ? 'faster' : 'slower';
  return `${what}: ${other.backend} is ${Math.abs(percent).toFixed(0)} % ${word} than ${first.backend}`;
}

export const benchModelsRecord = ({ measured, commandLines }: BenchResult): object => ({
  schema: 'tutti.bench_models/1',
  backends: measured.map((one) => ({
    backend: one.backend,
    prompt_tokens_per_s: one.promptRate,
    generated_tokens_per_s: one.generateRate,
    seen_from_outside: one.isOutside,
    first_token_ms: one.firstTokenMs,
    load_ms: one.loadMs,
    vram_mib: one.vramMib,
    joules_per_token: one.joulesPerToken,
    command_line: commandLines.get(one.backend) ?? null,
  })),
});
