// reserve and release: which file each writes, and what each makes of the answer. The test plays the agent.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { writeHeartbeat } from './heartbeat.ts';
import { openHouse } from './house.ts';
import type { House, Running } from './house.ts';

let house: House;
beforeEach(() => {
  house = openHouse();
});
afterEach(() => house.close());

const FILE = 'cpu-1.reserve.json';

const beat = (agent: string, change: object = {}): void => writeHeartbeat(house, agent, change);

const signals = (): string[] =>
  readdirSync(join(house.shared, 'signals')).filter((name) => name !== 'done');

async function receive(): Promise<Record<string, unknown>> {
  await eventually(FILE, () => house.has(`signals/${FILE}`));
  expect(signals()).toEqual([FILE]);
  return JSON.parse(house.read(`signals/${FILE}`)) as Record<string, unknown>;
}

const say = async (running: Running): Promise<[number | null, string]> => {
  const { code, out, err } = await running.ended;
  return [code, out + err];
};

describe('tutti reserve and release', () => {
  const reserved = (signal: Record<string, unknown>, until: string | null): object => {
    const { at, who: by, reason } = signal;
    return { state: 'reserved', reservation: { at, by, reason, until, lent_to: null } };
  };

  it('keeps an agent for whoever asks, as long as the file is there', async () => {
    beat('cpu-1');
    const flags = ['--for', '30m', '--reason', 'a benchmark'];
    const running = house.start('reserve', 'cpu-1', ...flags);
    const signal = await receive();
    expect(signal).toMatchObject({ by: 'operator', reason: 'a benchmark', for_ms: 1_800_000 });
    expect(signal['who']).toMatch(/@/);
    beat('cpu-1', { ...reserved(signal, '2026-11-26T03:00:00.000Z'), seq: 2 });
    expect(await say(running)).toEqual([0, 'cpu-1 is reserved until 2026-11-26T03:00:00.000Z\n']);
    const { out } = await house.tutti('status');
    expect(out).toContain('reserved');
    expect(out).toContain(
      `reserved by ${signal['who'] as string} until 2026-11-26T03:00:00.000Z: a benchmark`,
    );

    const release = house.start('release', 'cpu-1', '--json');
    await eventually('the file is gone', () => signals().length === 0);
    beat('cpu-1', { seq: 3 });
    const [code, text] = await say(release);
    expect([code, JSON.parse(text)]).toEqual([
      0,
      { schema: 'tutti.release/1', agent: 'cpu-1', done: true, text: 'goes on' },
    ]);
    expect(await say(house.start('release', 'cpu-1'))).toEqual([0, 'cpu-1 is not reserved\n']);
  });

  it('takes nothing from somebody else, and knows its agents', async () => {
    beat('cpu-1');
    const theirs = { v: 1, by: 'operator', reason: 'mine', at: '', who: 'bob@there' };
    house.write(`signals/${FILE}`, theirs);
    expect(await say(house.start('reserve', 'cpu-1'))).toEqual([
      1,
      'cpu-1 is reserved by bob@there already: mine; `tutti release cpu-1` ends that\n',
    ]);
    expect(JSON.parse(house.read(`signals/${FILE}`))).toEqual(theirs);
    const [code, text] = await say(house.start('reserve', 'cpu1', '--for', '1h'));
    expect([code, text]).toEqual([2, expect.stringContaining('[AGENT_UNKNOWN]')]);
    const [usage, problem] = await say(house.start('reserve', 'cpu-1', '--for', 'soon'));
    expect([usage, problem]).toEqual([2, expect.stringContaining('Expected a time')]);
  });
});
