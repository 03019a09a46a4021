// The small pure parts: how long to wait, when to fence, which agent this is, what a simulated card shows.
import { describe, expect, it } from 'vitest';
import { isQueueLookDue, nextWaitMs } from '../../agents/gpu/cadence.ts';
import { readDefinition } from '../../agents/gpu/definition.ts';
import { isAtRisk } from '../../agents/gpu/fence.ts';
import { simulate } from '../../agents/gpu/simulated.ts';
import { configSchema } from '../../agents/protocol/config.ts';
import type { Config } from '../../agents/protocol/config.ts';
import { unknownCard } from '../../agents/gpu/smi.ts';

describe('the wait between two looks', () => {
  it('is the poll interval where events come', () => {
    const local = {
      isNetwork: false,
      isIdle: false,
      pollIntervalMs: 1000,
      idlePollIntervalMs: 9000,
    };
    expect(nextWaitMs(0, true, local)).toBe(1000);
    expect(nextWaitMs(1000, false, local)).toBe(1000);
    expect(nextWaitMs(1000, false, { ...local, isIdle: true })).toBe(9000);
    expect(nextWaitMs(1, false, { ...local, isIdle: true, idlePollIntervalMs: 0 })).toBe(1000);
  });

  it('is short after work on a network mount, and grows while nothing happens', () => {
    const network = {
      isNetwork: true,
      isIdle: true,
      pollIntervalMs: 1000,
      idlePollIntervalMs: 9000,
    };
    const waits = [true, false, false, false, false, false];
    let waitMs = 0;
    expect(waits.map((hasWorked) => (waitMs = nextWaitMs(waitMs, hasWorked, network)))).toEqual([
      100, 200, 400, 800, 1000, 1000,
    ]);
  });

  it.each([
    [{ isHalted: false, isFull: false, sinceLastMs: 0 }, true],
    [{ isHalted: false, isFull: true, sinceLastMs: 999 }, false],
    [{ isHalted: false, isFull: true, sinceLastMs: 1000 }, true],
    [{ isHalted: true, isFull: false, sinceLastMs: 4999 }, false],
    [{ isHalted: true, isFull: false, sinceLastMs: 5000 }, true],
  ])('the queue is listed only when that can matter: %j', (look, isDue) => {
    expect(isQueueLookDue(look, configSchema.parse({}).agent)).toBe(isDue);
  });
});

describe('the fence', () => {
  it.each([
    [20_000, 5000, 10_000, 10_001],
    [60_000, 5000, 50_000, 50_001],
    [15_000, 5000, 7500, 7501],
  ])(
    'lease %i ms, heartbeat %i ms: safe at %i, not at %i',
    (leaseMs, heartbeatIntervalMs, safe, risky) => {
      expect(isAtRisk(safe, { leaseMs, heartbeatIntervalMs })).toBe(false);
      expect(isAtRisk(risky, { leaseMs, heartbeatIntervalMs })).toBe(true);
    },
  );
});

describe('the definition of this agent', () => {
  const agents: Config['agents'] = [
    { name: 'gpu-1', kind: 'gpu', uuid: 'GPU-1' },
    { name: 'bare', kind: 'gpu' },
  ];
  it.each([
    [{ agents }, { name: 'gpu-1' }, agents[0]],
    [
      { agents: 'auto' as const },
      { name: 'cpu-1', kind: 'cpu', slots: '4' },
      { name: 'cpu-1', kind: 'cpu', slots: 4 },
    ],
    [
      { agents },
      { name: 'sim', kind: 'simulated', 'vram-mib': '8192' },
      { name: 'sim', kind: 'simulated', vramMib: 8192 },
    ],
  ])('%j %j', (config, flags, expected) => {
    expect(readDefinition(config, flags)).toEqual(expected);
  });

  it.each([
    [{ agents }, {}, '--name: it is missing'],
    [
      { agents },
      { name: 'Brain!' },
      '--name: expected up to 24 of a-z, 0-9, _ and -, a letter first, not brain',
    ],
    [
      { agents },
      { name: 'brain', kind: 'cpu' },
      '--name: expected up to 24 of a-z, 0-9, _ and -, a letter first, not brain',
    ],
    [{ agents }, { name: 'other' }, 'there is no agent other'],
    [{ agents: 'auto' as const }, { name: 'x' }, '--kind: it is missing, and `agents` is "auto"'],
    [{ agents }, { name: 'x', kind: 'tpu' }, '--kind: expected gpu, cpu, simulated, found tpu'],
    [
      { agents },
      { name: 'x', kind: 'cpu', slots: '0' },
      '--slots: expected a whole number from 1, found 0',
    ],
    [{ agents }, { name: 'bare' }, '--uuid: agent bare is of kind gpu and names no card'],
  ])('%j %j is refused: %s', (config, flags, message) => {
    expect(() => readDefinition(config, flags)).toThrow(message);
  });
});

describe('a simulated card', () => {
  const curve = [
    { atMs: 2000, temperatureCelsius: 50 },
    { atMs: 1000, temperatureCelsius: 90, foreignMib: 500 },
    { atMs: 3000, fault: 'unreadable' as const },
    { atMs: 4000, fault: 'none' as const, throttleReasons: ['sw_power_cap'] },
  ];
  it.each([
    [0, 40, 100],
    [1000, 90, 600],
    [2500, 50, 600],
    [4000, 50, 600],
  ])('after %i ms: %i °C, %i MiB in use', (elapsedMs, temperature, used) => {
    const { card, problem } = simulate({ name: 's', curve }, elapsedMs, 100);
    expect(problem).toBeNull();
    expect([card.temperature_celsius, card.vram_used_mib, card.vram_total_mib]).toEqual([
      temperature,
      used,
      6144,
    ]);
  });

  it('shows its faults as a real one does', () => {
    const { card, problem } = simulate({ name: 's', curve }, 3000, 100);
    expect({ card, problem }).toEqual({
      card: unknownCard('SIM-s'),
      problem: 'the telemetry cannot be read',
    });
  });
});
