import { describe, expect, it } from 'vitest';
import { COOL, decideThermal } from '../../agents/gpu/thermal.ts';
import type { ThermalCard, ThermalState } from '../../agents/gpu/thermal.ts';
import { configSchema } from '../../agents/protocol/config.ts';

const limits = configSchema.parse({}).thermal;
const card = (more: Partial<ThermalCard> = {}): ThermalCard => ({
  temperature_celsius: 40,
  power_watts: 100,
  power_limit_watts: 250,
  vram_total_mib: 10_000,
  vram_used_mib: 1000,
  throttle_reasons: [],
  ...more,
});
const hot: ThermalState = { ...COOL, isHeated: true };
const powerful: ThermalState = { ...COOL, isPowerHigh: true };
const full: ThermalState = { ...COOL, isVramHigh: true };

describe('a card backs off', () => {
  it.each<[string, ThermalState, Partial<ThermalCard>, ThermalState, string[]]>([
    ['never when all is well', COOL, {}, COOL, []],
    [
      'at the highest temperature',
      COOL,
      { temperature_celsius: 83 },
      hot,
      ['temperature 83 °C ≥ 83 °C'],
    ],
    ['not below it', COOL, { temperature_celsius: 82.9 }, COOL, []],
    [
      'until it is cool',
      hot,
      { temperature_celsius: 75 },
      hot,
      ['temperature 75 °C, free again below 75 °C'],
    ],
    ['and then no more', hot, { temperature_celsius: 74 }, COOL, []],
    [
      'above its power limit',
      COOL,
      { power_watts: 262.5 },
      powerful,
      ['power 105 % of the limit ≥ 105 % of the limit'],
    ],
    [
      'until the power is down',
      powerful,
      { power_watts: 240 },
      powerful,
      ['power 96 % of the limit, free again below 95 % of the limit'],
    ],
    ['and then no more', powerful, { power_watts: 230 }, COOL, []],
    [
      'when its memory is full',
      COOL,
      { vram_used_mib: 9500 },
      full,
      ['VRAM 95 % in use ≥ 95 % in use'],
    ],
    [
      'until there is room',
      full,
      { vram_used_mib: 9000 },
      full,
      ['VRAM 90 % in use, free again below 90 % in use'],
    ],
    ['and then no more', full, { vram_used_mib: 8999 }, COOL, []],
    [
      'when the driver slows it, and stays heated',
      COOL,
      { throttle_reasons: ['sw_power_cap', 'hw_thermal_slowdown'] },
      hot,
      ['the driver slows the card: hw_thermal_slowdown'],
    ],
    [
      'at a power brake',
      COOL,
      { throttle_reasons: ['hw_power_brake_slowdown'] },
      hot,
      ['the driver slows the card: hw_power_brake_slowdown'],
    ],
    [
      'at a slowdown by software',
      COOL,
      { throttle_reasons: ['sw_thermal_slowdown'] },
      hot,
      ['the driver slows the card: sw_thermal_slowdown'],
    ],
    [
      'never because of its power cap',
      COOL,
      { throttle_reasons: ['gpu_idle', 'sw_power_cap'] },
      COOL,
      [],
    ],
    [
      'when its temperature is unknown, and forgets nothing',
      hot,
      { temperature_celsius: null },
      hot,
      ['temperature unknown'],
    ],
    ['when its memory is unknown', COOL, { vram_used_mib: null }, COOL, ['VRAM unknown']],
    ['when its power is unknown', COOL, { power_watts: null }, COOL, ['power unknown']],
    [
      'when its throttle reasons are unknown',
      COOL,
      { throttle_reasons: null },
      COOL,
      ['throttle reasons unknown'],
    ],
    [
      'not because it has no power limit',
      COOL,
      { power_watts: null, power_limit_watts: null },
      COOL,
      [],
    ],
  ])('%s', (_, before, more, state, reasons) => {
    expect(decideThermal(before, card(more), limits)).toEqual({ state, reasons });
  });

  it('says everything that is wrong', () => {
    const wrong = { temperature_celsius: 90, vram_used_mib: 9900, throttle_reasons: null };
    expect(decideThermal(COOL, card(wrong), limits)).toEqual({
      state: { isHeated: true, isPowerHigh: false, isVramHigh: true },
      reasons: [
        'temperature 90 °C ≥ 83 °C',
        'VRAM 99 % in use ≥ 95 % in use',
        'throttle reasons unknown',
      ],
    });
  });

  it('with nothing but unknown values, all of it', () => {
    const unknown = Object.fromEntries(Object.keys(card()).map((key) => [key, null]));
    expect(decideThermal(COOL, unknown as unknown as ThermalCard, limits).reasons).toEqual([
      'temperature unknown',
      'power unknown',
      'VRAM unknown',
      'throttle reasons unknown',
    ]);
  });
});
