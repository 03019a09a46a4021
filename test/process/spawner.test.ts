// The spawner on real processes: /bin/sh and what it starts. Whatever a test leaves alive is ended by its
// group, and by its claim when it left the group.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProcessIdentity } from '../../agents/protocol/attempt.ts';
import { bootId, realSpawner } from '../../agents/process/spawner.ts';
import type { Group } from '../../agents/process/spawner.ts';
import { eventually } from '../helpers/eventually.ts';
import { isAlive } from '../helpers/processes.ts';

let home: string;
let claim: string;
let leaders: ProcessIdentity[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tutti-spawner-'));
  claim = `${home}/demo`;
  leaders = [];
});

afterEach(async () => {
  for (const leader of leaders) realSpawner.signal(leader, 'SIGKILL');
  for (const pid of realSpawner.stragglers(claim)) process.kill(pid, 'SIGKILL');
  await eventually('the end of every process', () => realSpawner.stragglers(claim).length === 0);
  rmSync(home, { recursive: true });
});

const said = (): string => readFileSync(join(home, 'out'), 'utf8');

function start(script: string, file = '/bin/sh'): Group {
  const env = { PATH: process.env['PATH'] ?? '', TUTTI_CLAIM: claim };
  const output = join(home, 'out');
  return realSpawner.start({ file, args: ['-c', script], env, cwd: home, output });
}

/** Started and known. */
function lead(script: string): { group: Group; leader: ProcessIdentity } {
  const group = start(script);
  const leader = realSpawner.identify(group.pid)!;
  leaders.push(leader);
  return { group, leader };
}

const hasSaid = (text: string): Promise<true> =>
  eventually(`"${text}" in the output`, () => said().includes(text));

describe('start', () => {
  it.each([
    ['exit 0', { code: 0, signal: null }],
    ['exit 75', { code: 75, signal: null }],
    ['kill -9 $$', { code: null, signal: 'SIGKILL' }],
  ])('%s answers how it ended', async (script, exit) => {
    await expect(start(script).exited).resolves.toEqual(exit);
  });

  it('gives both streams to a file, in order, and appends', async () => {
    await start('echo one; echo two >&2; echo three').exited;
    await start('echo four').exited;
    expect(said()).toBe('one\ntwo\nthree\nfour\n');
  });

  it('gives exactly this environment and directory, and nothing to read', async () => {
    await start('pwd; cat; echo "[$HOME$USER]"; echo "$TUTTI_CLAIM"').exited;
    expect(said()).toBe(`${home}\n[]\n${claim}\n`);
  });

  it('makes the leader of a session and a group of its own', async () => {
    const { group, leader } = lead('cut -d" " -f5,6 /proc/$$/stat; sleep 60');
    await hasSaid('\n');
    expect(said()).toBe(`${group.pid} ${group.pid}\n`);
    expect(leader).toEqual({ pid: group.pid, startTime: leader.startTime, bootId });
  });

  it('says why nothing could be started', async () => {
    const group = start('', '/nowhere/program');
    expect(group.pid).toBe(-1);
    await expect(group.exited).rejects.toThrow('spawn /nowhere/program ENOENT');
  });

  it('refuses an output that cannot be opened', () => {
    mkdirSync(join(home, 'out'));
    expect(() => start('true')).toThrow(/EISDIR/);
  });
});

describe('identify', () => {
  it('this process', () => {
    expect(realSpawner.identify(process.pid)).toEqual({
      pid: process.pid,
      startTime: expect.stringMatching(/^\d+$/),
      bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    });
  });

  it('nobody, once it has ended', async () => {
    const group = start('exit 0');
    await group.exited;
    expect(realSpawner.identify(group.pid)).toBeNull();
    expect(realSpawner.identify(4_194_304)).toBeNull();
  });

  it('nobody, when it is a zombie', async () => {
    // The first sleep ends and is never waited for: exec replaced the shell that would.
    lead('sleep 0 & echo "$!:"; exec sleep 60');
    await hasSaid(':');
    const zombie = Number(said().split(':')[0]);
    const stat = (): string => readFileSync(`/proc/${zombie}/stat`, 'utf8');
    await eventually('a zombie', () => / Z /.test(stat()));
    expect(realSpawner.identify(zombie)).toBeNull();
  });
});

describe('a group', () => {
  it('is alive until its last member is gone, and a signal reaches all of it', async () => {
    const { group, leader } = lead('sleep 60 & (sleep 60; true) & echo ready; sleep 1; exit 0');
    await group.exited;
    expect(said()).toBe('ready\n');
    expect(realSpawner.isGroupAlive(leader)).toBe(true);
    expect(realSpawner.signal(leader, 'SIGTERM')).toBe(true);
    await eventually('the end of the group', () => !realSpawner.isGroupAlive(leader));
    expect(realSpawner.signal(leader, 'SIGTERM')).toBe(false);
  });

  it('that ignores TERM ends by KILL', async () => {
    const { group, leader } = lead('trap "" TERM; sleep 60 & echo ready; wait; sleep 60');
    await hasSaid('ready');
    realSpawner.signal(leader, 'SIGTERM');
    expect(realSpawner.isGroupAlive(leader)).toBe(true);
    realSpawner.signal(leader, 'SIGKILL');
    await expect(group.exited).resolves.toEqual({ code: null, signal: 'SIGKILL' });
    await eventually('the end of the group', () => !realSpawner.isGroupAlive(leader));
  });

  it('of zombies is dead', async () => {
    // Job control gives the first sleep a group of its own, and exec leaves nobody to wait for it.
    start(`set -m; sleep 0 & echo "$!:"; exec sleep 60`, 'bash');
    await hasSaid(':');
    const pid = Number(said().split(':')[0]);
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
    await eventually('a zombie', () => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(' Z '));
    expect(stat[4]).toBe(String(pid));
    expect(realSpawner.isGroupAlive({ pid, startTime: stat[21]!, bootId })).toBe(false);
  });

  it.each<[string, (leader: ProcessIdentity) => ProcessIdentity]>([
    ['of another start of this pid', (leader) => ({ ...leader, startTime: '1' })],
    ['of another boot of this host', (leader) => ({ ...leader, bootId: 'before' })],
  ])('%s is dead, and nobody is hit in its place', async (_, other) => {
    const { group, leader } = lead('echo ready; sleep 60');
    await hasSaid('ready');
    expect(realSpawner.isGroupAlive(other(leader))).toBe(false);
    expect(realSpawner.signal(other(leader), 'SIGKILL')).toBe(false);
    expect(isAlive(group.pid)).toBe(true);
  });
});

describe('stragglers', () => {
  it('are found by their claim after they left the session', async () => {
    const { group, leader } = lead('setsid sh -c \'echo "$$:"; exec sleep 60\' & wait');
    await hasSaid(':');
    const stray = Number(said().split(':')[0]);
    realSpawner.signal(leader, 'SIGKILL');
    await group.exited;
    await eventually('the end of the group', () => !realSpawner.isGroupAlive(leader));
    expect(realSpawner.stragglers(claim)).toEqual([stray]);
  });

  it('of another claim are left alone, also when one name begins like the other', async () => {
    lead('echo ready; sleep 60');
    await hasSaid('ready');
    expect(realSpawner.stragglers(claim).length).toBeGreaterThan(0);
    expect(realSpawner.stragglers(claim.slice(0, -1))).toEqual([]);
    expect(realSpawner.stragglers(`${claim}2`)).toEqual([]);
  });
});
