import { describe, expect, it } from 'vitest';
import { cardArgs, parseApps, parseCard, unknownCard, vramByGroup } from '../../agents/gpu/smi.ts';

const UUID = 'GPU-5f3c1c4e-8f5a-4b0e-9d4e-1c2b3a4d5e6f';
const row = (rest: string): string => `${UUID}, ${rest}`;

describe('a row of nvidia-smi', () => {
  it('of a data centre card', () => {
    const line = row('NVIDIA H200, 34, 78.63, 700.00, 143771, 4, 0, 345, 0x0000000000000001');
    expect(parseCard(line, UUID)).toEqual({
      uuid: UUID,
      name: 'NVIDIA H200',
      temperature_celsius: 34,
      power_watts: 78.63,
      power_limit_watts: 700,
      vram_total_mib: 143_771,
      vram_used_mib: 4,
      utilisation_percent: 0,
      clock_mhz: 345,
      throttle_reasons: ['gpu_idle'],
    });
  });

  it('of a card that is slowed down, with a comma in its name', () => {
    const line = row(
      'Tesla K80, left, 91, 149.10, 149.00, 11441, 9000, 99, 562, 0x0000000000000064',
    );
    expect(parseCard(line, UUID)).toMatchObject({
      name: 'Tesla K80, left',
      throttle_reasons: ['sw_power_cap', 'sw_thermal_slowdown', 'hw_thermal_slowdown'],
    });
  });

  it.each(['[N/A]', '[Not Supported]', '[Unknown Error]', 'ERR!', '[GPU is lost]', 'N/A', ''])(
    'reads %j as unknown, never as zero',
    (text) => {
      const line = row(`[N/A], ${Array(7).fill(text).join(', ')}, [N/A]`);
      expect(parseCard(line, UUID)).toEqual(unknownCard(UUID));
    },
  );

  it.each([
    ['another card', 'GPU-other, NVIDIA H200, 34, 78, 700, 143771, 4, 0, 345, 0x0000000000000000'],
    ['cut off', row('NVIDIA H200, 34, 78.63, 7')],
    ['cut off before its last field', row('NVIDIA H200, 34, 78.63, 700.00, 143771, 4, 0, 345, ')],
    ['a message', 'Unable to determine the device handle for GPU0000:01:00.0: Unknown Error'],
    ['empty', ''],
  ])('%s is no row', (_, line) => {
    expect(parseCard(line, UUID)).toBeNull();
  });

  it('with cut off throttle reasons does not know them', () => {
    const line = row('NVIDIA H200, 34, 78.63, 700.00, 143771, 4, 0, 345, 0x00000000');
    expect(parseCard(line, UUID)?.throttle_reasons).toBeNull();
  });

  it('is asked for by UUID', () => {
    expect(cardArgs(UUID, 'clocks_event_reasons.active', 1000)).toEqual([
      `--id=${UUID}`,
      '--query-gpu=uuid,name,temperature.gpu,power.draw,power.limit,memory.total,memory.used,utilization.gpu,clocks.sm,clocks_event_reasons.active',
      '--format=csv,noheader,nounits',
      '--loop-ms=1000',
    ]);
  });
});

describe('memory by process group', () => {
  const groups = new Map([
    [11, 10],
    [12, 10],
    [21, 20],
  ]);
  const groupOf = (pid: number): number | null => groups.get(pid) ?? null;
  const measure = (text: string) => vramByGroup(parseApps(text, UUID), groupOf);

  it('is summed over the members, on this card alone', () => {
    const text = `11, 500, ${UUID}\n12, 24, ${UUID}\n21, 7, ${UUID}\n21, 900, GPU-other\n`;
    expect(measure(text)).toEqual(
      new Map([
        [10, 524],
        [20, 7],
      ]),
    );
  });

  it.each([
    ['a list without processes', 'No running processes found\n'],
    ['an empty list', ''],
    ['processes of another PID namespace', `999, 500, ${UUID}\n`],
    ['memory that is not told', `11, [N/A], ${UUID}\n`],
  ])('%s: nobody knows', (_, text) => {
    expect(measure(text)).toBeNull();
  });
});
