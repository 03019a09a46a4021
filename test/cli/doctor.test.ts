// tutti doctor as a black box: on the disks of this machine, and on mounts that are bad in one way each.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { eventually } from '../helpers/eventually.ts';
import { openServer } from '../nfs/server.ts';
import type { Knobs, Server } from '../nfs/server.ts';
import { openHouse } from './house.ts';
import type { House } from './house.ts';
import { doctorSchema } from './schemas.ts';

let house: House;
beforeEach(() => {
  house = openHouse();
});
afterEach(() => house.close());

type Report = z.infer<typeof doctorSchema>;

const judged = (report: Report, result: string): string[] =>
  report.checks.filter((check) => check.result === result).map(({ check }) => check);

async function examine(...args: readonly string[]): Promise<Report> {
  const { code, out, err } = await house.tutti('doctor', ...args, '--json');
  expect(err).toBe('');
  const report = doctorSchema.parse(JSON.parse(out));
  expect(code).toBe(report.safe ? 0 : 1);
  return report;
}

it('finds a local disk safe, says with which lease, and leaves nothing', async () => {
  const { code, out } = await house.tutti('doctor');
  expect(code).toBe(0);
  expect(out).toMatch(/ok +race to rename +150 names, each went to one process/);
  expect(out).toMatch(/safe lease: 1\d{4} ms; agent\.leaseMs is 20000\n/);
  expect(out).toMatch(/\n\nsafe for tutti\n$/);
  expect(readdirSync(house.shared)).not.toContain('.tutti-doctor');
});

it.skipIf(!existsSync('/dev/shm'))('examines the directory that it is given', async () => {
  const dir = mkdtempSync('/dev/shm/tutti-doctor-');
  try {
    const report = await examine(dir);
    expect(report).toMatchObject({
      path: dir,
      safe: true,
      network: false,
      mount: { type: 'tmpfs' },
    });
    expect(judged(report, 'ok')).toContain('events');
    expect(readdirSync(dir)).toEqual([]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

it('refuses a lease that is too short for the heartbeats, with what to set', async () => {
  house.write('../config.json', { agent: { heartbeatIntervalMs: 5000, leaseMs: 15_000 } });
  const { code, out } = await house.tutti('doctor');
  expect(code).toBe(1);
  expect(out).toMatch(/refused +lease +15000 ms is shorter than 15\d{3} = 3 x \(5000 \+ \d+\) ms/);
  expect(out).toContain('lease: Set agent.visibilityDelayMs to 0 and agent.leaseMs to 15');
  expect(out).toMatch(/not safe for tutti: 1 reason\n$/);
});

it('waits for a second host only as long as it is told', async () => {
  const { code, err } = await house.tutti('doctor', '--peer', '--wait', '0.1');
  expect(code).toBe(1);
  expect(err).toBe('nobody came within 0.1 s: run the same command on a second host\n');
  expect(readdirSync(house.shared)).not.toContain('.tutti-doctor');
});

it('refuses a directory that is not there', async () => {
  const { code, err } = await house.tutti('doctor', join(tmpdir(), 'no-such-directory'));
  expect(code).toBe(78);
  expect(err).toContain('[SHARED_MISSING]');
});

it('cleans up after a Ctrl-C', async () => {
  const running = house.start('doctor');
  await eventually('it is at work', () => existsSync(join(house.shared, '.tutti-doctor')));
  running.signal('SIGINT');
  expect((await running.ended).code).toBe(130);
  expect(readdirSync(house.shared)).not.toContain('.tutti-doctor');
});

const found = await openServer();
const why = typeof found === 'string' ? ` (skipped: ${found})` : '';

describe.skipIf(why !== '')(`a mount${why}`, () => {
  const server = found as Server;
  afterAll(() => server.close());

  it.each([
    [{ nolink: true }, ['hard links']],
    [{ nocase: true }, ['case of names']],
    [{ noreplace: true }, ['rename over a name']],
  ] as const)('with %o is refused for %s', async (knobs, reasons) => {
    const path = await server.mount(knobs);
    const report = await examine(path);
    expect(judged(report, 'refused')).toEqual(expect.arrayContaining([...reasons]));
    expect(report).toMatchObject({ network: true, mount: { type: 'fuse', source: 'nfs-like' } });
    expect(readdirSync(path)).toEqual([]);
  });

  it('that is read-only is refused, and nothing else is tried', async () => {
    const report = await examine(await server.mount({ ro: true }));
    expect(report.checks).toMatchObject([{ check: 'writing', result: 'refused', found: 'EROFS' }]);
  });

  it('that cannot sync, has coarse time stamps and a clock of its own is warned of', async () => {
    const report = await examine(await server.mount({ nosync: true, coarse: 2, skew: 3600 }));
    // A busy machine may add a warning of its own.
    const warned = ['fsync', 'time stamps', 'clocks', 'hosts'];
    expect(judged(report, 'warning')).toEqual(expect.arrayContaining(warned));
    expect(judged(report, 'refused')).toEqual([]);
    expect(report.safe).toBe(true);
  });

  /** Examined by two clients; answers the report, whichever of them has it. */
  async function examineByTwo(folder: string, knobs: Knobs): Promise<Report> {
    const clients = [await server.mount(knobs), await server.mount(knobs)];
    mkdirSync(join(server.backing, folder));
    const ended = await Promise.all(
      clients.map((path) => house.tutti('doctor', join(path, folder), '--peer', '--json')),
    );
    expect(ended.map(({ err }) => err)).toEqual(['', '']);
    const [helped, ...others] = ended.toSorted((a, b) => a.out.localeCompare(b.out)).toReversed();
    expect(helped!.out).toBe('examined: the other host has the report\n');
    expect(readdirSync(join(server.backing, folder))).toEqual([]);
    return doctorSchema.parse(JSON.parse(others[0]!.out));
  }

  it('shows two clients how late one sees the other, and which lease that needs', async () => {
    const report = await examineByTwo('late', { attr: 900, negative: 900, dir: 900 });
    const { lease, visibility_ms: seen } = report;
    expect(seen!.listing).toBeGreaterThan(500);
    const { attributes: _, ...counted } = seen!;
    expect(lease!.delay_ms).toBe(Math.max(...Object.values(counted)));
    expect(lease!.safe_lease_ms).toBe(3 * (lease!.heartbeat_interval_ms + lease!.delay_ms));
    const found = 'none come, and tutti polls here';
    expect(report.checks).toContainEqual({ check: 'events', result: 'ok', found, advice: null });
  });

  it('whose clients make a name without asking whether it is there is refused', async () => {
    const report = await examineByTwo('twice', { noexcl: true, negative: 1500 });
    expect(judged(report, 'refused')).toContain('race to create');
  });
});
