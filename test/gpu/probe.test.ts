// The probe against a real process that plays nvidia-smi.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openProbe } from '../../agents/gpu/probe.ts';
import type { Probe } from '../../agents/gpu/probe.ts';
import { unknownCard } from '../../agents/gpu/smi.ts';
import { realClock } from '../../agents/process/clock.ts';
import { eventually } from '../helpers/eventually.ts';

const FAKE = new URL('../fixtures/fake-nvidia-smi', import.meta.url).pathname;
const UUID = 'GPU-1';
const PATH = process.env['PATH'];
const silent: Parameters<typeof openProbe>[2] = { info: () => undefined, warn: () => undefined };

let home: string;
let probe: Probe;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tutti-smi-'));
  process.env['FAKE_SMI'] = join(home, 'script.json');
  process.env['PATH'] = `${FAKE}:${PATH}`;
});
afterEach(async () => {
  await probe.close();
  process.env['PATH'] = PATH;
  delete process.env['FAKE_SMI'];
  rmSync(home, { recursive: true });
});

const play = (script: object): void =>
  writeFileSync(join(home, 'script.json'), JSON.stringify({ uuid: UUID, ...script }));

function open(script: object, more: object = {}, log = silent): void {
  play(script);
  const settings = { uuid: UUID, intervalMs: 100, timeoutMs: 1500, backoffMsMax: 400, ...more };
  probe = openProbe(settings, realClock, log);
}

const knows = (temperature: number): Promise<unknown> =>
  eventually(`temperature ${temperature}: ${JSON.stringify(probe.read(0))}`, () => {
    const { card, problem } = probe.read(0);
    return problem === null && card.temperature_celsius === temperature;
  });
const lost = (problem: RegExp): Promise<unknown> =>
  eventually(`${problem}: ${probe.read(0).problem}`, () => {
    const reading = probe.read(0);
    return problem.test(reading.problem ?? '') ? reading : null;
  });

describe('telemetry', () => {
  it('is unknown until the first row, then follows the card', async () => {
    open({ mode: 'healthy', temperature: 50 });
    expect(probe.read(0)).toEqual({
      card: unknownCard(UUID),
      problem: 'waits for the first telemetry',
    });
    await knows(50);
    play({ mode: 'healthy', temperature: 60, reasons: '0x0000000000000040' });
    await knows(60);
    expect(probe.read(0).card).toMatchObject({
      name: 'NVIDIA Test, Rev 2',
      power_watts: 71.25,
      throttle_reasons: ['hw_thermal_slowdown'],
    });
  });

  it.each(['na', 'err'])('of mode %s is a row of unknown values', async (mode) => {
    open({ mode });
    await eventually('a row', () => probe.read(0).problem === null);
    expect(probe.read(0).card).toEqual({ ...unknownCard(UUID), name: 'NVIDIA Test, Rev 2' });
  });

  it('of a lost card is unknown, with what nvidia-smi said, and comes back with the card', async () => {
    open({ mode: 'healthy', temperature: 50 });
    await knows(50);
    play({ mode: 'lost' });
    await lost(
      /^nvidia-smi: Unable to determine the device handle .*: GPU is lost\. \(lost .*, started again after 0.[124] s\)$/,
    );
    expect(probe.read(0).card).toEqual(unknownCard(UUID));
    play({ mode: 'healthy', temperature: 51 });
    await knows(51);
  });

  it('that stops coming is unknown, and nvidia-smi is started again', async () => {
    open({ mode: 'healthy', temperature: 50 });
    await knows(50);
    play({ mode: 'hang' });
    await lost(/^nvidia-smi: no answer for 1.5 s \(lost /);
    expect(probe.read(0).card).toEqual(unknownCard(UUID));
    play({ mode: 'healthy', temperature: 51 });
    await knows(51);
  });

  it('is asked for ever more rarely as long as nothing comes, and soon again after a row', async () => {
    const waits: unknown[] = [];
    const warn = (about: object): void => void waits.push((about as { waitMs: number }).waitMs);
    open({ mode: 'lost' }, { intervalMs: 10, backoffMsMax: 40 }, { ...silent, warn });
    await lost(/GPU is lost\. \(lost \d+ times in a row, started again after 0.04 s\)$/);
    await eventually('four waits', () => waits.length >= 4);
    expect(waits.slice(0, 4)).toEqual([10, 20, 40, 40]);
    play({ mode: 'healthy', temperature: 51 });
    await knows(51);
    const before = waits.length;
    play({ mode: 'lost' });
    await eventually('it is lost again', () => waits.length > before);
    expect(waits[before]).toBe(10);
  });

  it('takes a row that comes in pieces, and none that was cut off', async () => {
    open({ mode: 'partial', temperature: 50 });
    await knows(50);
    expect(await lost(/^nvidia-smi: GPU-1, /)).toMatchObject({ card: unknownCard(UUID) });
  });

  it('asks newer drivers by the newer name', async () => {
    open({ mode: 'new driver', temperature: 50 });
    expect(await knows(50)).toBe(true);
  });

  it('without nvidia-smi is unknown', async () => {
    process.env['PATH'] = home;
    open({ mode: 'healthy' });
    expect(await lost(/^nvidia-smi: spawn nvidia-smi ENOENT \(lost /)).toMatchObject({
      card: unknownCard(UUID),
    });
  });
});

describe('memory of process groups', () => {
  it('is measured', async () => {
    open({ mode: 'healthy', temperature: 50, apps: [[process.pid, 123, UUID]] });
    await knows(50);
    const groups = await probe.measureGroups();
    expect([...groups!.values()]).toEqual([123]);
  });

  it('is unknown when nvidia-smi hangs', async () => {
    open({ mode: 'healthy', temperature: 50 });
    await knows(50);
    play({ mode: 'hang' });
    expect(await probe.measureGroups()).toBeNull();
  });

  it('is not asked for while the card itself tells nothing', async () => {
    open({ mode: 'lost', apps: [[process.pid, 123, UUID]] });
    await lost(/GPU is lost/);
    expect(await probe.measureGroups()).toBeNull();
  });
});
