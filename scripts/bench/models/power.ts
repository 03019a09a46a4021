// The power of one card, sampled while the comparison runs.
import { streamSmi } from '../../../agents/process/smi.ts';
import type { Clock } from '../../../agents/process/clock.ts';

export interface PowerMeter {
  /** Mean power times the time between; null without a sample in between. */
  readonly joules: (fromMs: number, toMs: number) => number | null;
  readonly stop: () => void;
}

const INTERVAL_MS = 100;

export const noPower: PowerMeter = { joules: () => null, stop: () => undefined };

export function meterPower(uuid: string, clock: Clock): PowerMeter {
  const samples: { readonly atMs: number; readonly watts: number }[] = [];
  const query = ['--query-gpu=power.draw', '--format=csv,noheader,nounits'];
  const stream = streamSmi([`--id=${uuid}`, ...query, `--loop-ms=${INTERVAL_MS}`], (line) => {
    const watts = Number(line.trim());
    if (line.trim() !== '' && Number.isFinite(watts))
      samples.push({ atMs: clock.monotonicMs(), watts });
  });
  return {
    joules: (fromMs, toMs) => {
      const during = samples.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
      if (during.length === 0) return null;
      const mean = during.reduce((sum, { watts }) => sum + watts, 0) / during.length;
      return (mean * (toMs - fromMs)) / 1000;
    },
    stop: () => stream.stop(),
  };
}
