// What figures of a mount mean for tutti.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../agents/protocol/config.ts';
import { parseMountInfo } from '../../agents/store/mount-facts.ts';
import type { MountFacts } from '../../agents/store/mount-facts.ts';
import { createDisk } from '../../agents/store/real-disk.ts';
import {
  judgeEvents,
  judgeGrain,
  judgeLease,
  judgeMount,
  judgeRoom,
  judgeSkew,
  leaseOf,
  memoryMsOf,
  mountLineOf,
} from '../../scripts/doctor/judge.ts';
import { ask, openMeeting, prepareMeeting } from '../../scripts/doctor/meeting.ts';
import type { Meeting } from '../../scripts/doctor/meeting.ts';
import { findPeer, leavePeers } from '../../scripts/doctor/peers.ts';
import { watchChanges } from '../../scripts/doctor/visibility.ts';

const config = configSchema.parse({});

const MOUNTS = `22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
43 22 0:40 / /srv/a\\040b rw,nosuid - fuse.sshfs host: rw,user_id=0
50 22 0:51 / /srv/shared rw,relatime shared:9 master:1 - nfs4 files:/export rw,vers=4.2,hard,acdirmin=1,acdirmax=3,lookupcache=pos
51 22 0:52 / /srv/shared rw,relatime - nfs4 files:/new rw,vers=4.1,soft
`;

const nfs = (options: string): MountFacts => ({
  type: 'nfs4',
  source: 'files:/export',
  point: '/srv/shared',
  options: options.split(','),
});

describe('mountinfo', () => {
  it('finds the deepest mount above a directory, and the one that hides another', () => {
    expect(parseMountInfo(MOUNTS, '/opt/x')).toMatchObject({ type: 'ext4', point: '/' });
    expect(parseMountInfo(MOUNTS, '/srv/shared/deep')).toMatchObject({ source: 'files:/new' });
    expect(parseMountInfo(MOUNTS, '/srv/sharedother')).toMatchObject({ point: '/' });
    expect(parseMountInfo(MOUNTS, '/srv/a b')).toEqual({
      type: 'fuse.sshfs',
      source: 'host:',
      point: '/srv/a b',
      options: ['rw', 'nosuid', 'user_id=0'],
    });
  });
});

describe('a mount without a journal', () => {
  const of = (type: string): MountFacts => ({ ...nfs('rw'), type });
  const full = configSchema.parse({ durability: 'full' });

  it('is warned of where a loss of power is to do no harm', () => {
    expect(judgeMount(of('ext2'), full)).toMatchObject([
      { result: 'warning', found: 'ext2 has none' },
    ]);
    expect(judgeMount(of('ext2'), config)).toEqual([]);
    expect(judgeMount(of('ext4'), full)).toEqual([]);
    expect(judgeMount(null, full)).toEqual([]);
  });
});

describe('an NFS mount', () => {
  const good = 'rw,vers=4.2,hard,lookupcache=pos,acdirmin=1,acdirmax=3,acregmax=60';

  it('is told what to mount with', () => {
    expect(mountLineOf(nfs(good))).toBe(
      'mount -t nfs -o vers=4.2,hard,lookupcache=positive,acdirmin=1,acdirmax=3 files:/export /srv/shared',
    );
    expect(mountLineOf(parseMountInfo(MOUNTS, '/'))).toBeNull();
    expect(judgeMount(nfs(good), config)).toMatchObject([{ result: 'ok' }]);
    expect(judgeMount(nfs('rw,vers=4.2,hard'), config)).toMatchObject([
      {
        result: 'warning',
        found: 'without lookupcache=positive, acdirmin=1, acdirmax=3',
      },
    ]);
    expect(judgeMount(nfs('rw,vers=4.2,soft'), config)).toMatchObject([{ result: 'refused' }]);
  });

  it('may believe what it saw for as long as its options say', () => {
    expect(memoryMsOf(nfs(good))).toBe(3000);
    expect(memoryMsOf(nfs('rw,vers=4.2,hard'))).toBe(60_000);
    expect(memoryMsOf(nfs('rw,acregmax=5,acdirmax=4'))).toBe(4000);
    expect(memoryMsOf(nfs('rw,noac'))).toBe(0);
    expect(memoryMsOf(null)).toBeNull();
  });
});

describe('a lease', () => {
  it('holds three heartbeats and the delay of the mount', () => {
    expect(leaseOf(1500, config)).toMatchObject({ safeLeaseMs: 19_500, leaseMs: 20_000 });
    expect(judgeLease(leaseOf(20, config))).toMatchObject({ result: 'ok' });
  });

  it('that is long enough still needs the delay in the configuration', () => {
    expect(judgeLease(leaseOf(1400, config))).toMatchObject({
      result: 'warning',
      advice: 'Set agent.visibilityDelayMs to 1500 and agent.leaseMs to 20000.',
    });
  });

  it('that is too short is refused', () => {
    expect(judgeLease(leaseOf(3000, config))).toMatchObject({
      result: 'refused',
      found: '20000 ms is shorter than 24000 = 3 x (5000 + 3000) ms',
      advice: 'Set agent.visibilityDelayMs to 3000 and agent.leaseMs to 24000.',
    });
  });
});

it('tells events that are missed from events that nobody waits for', () => {
  expect(judgeEvents(true, false).result).toBe('ok');
  expect(judgeEvents(false, true).result).toBe('ok');
  expect(judgeEvents(false, false).result).toBe('warning');
});

it('warns of coarse time stamps, little room and clocks that are far apart', () => {
  expect([1, 10, 1000].map((ms) => judgeGrain(ms).result)).toEqual(['ok', 'ok', 'warning']);
  const gib = 2 ** 30;
  expect(judgeRoom({ bytesFree: 2 * gib, inodesFree: null })).toMatchObject({
    result: 'ok',
    found: '2.0 GiB and no limit of inodes free',
  });
  expect(judgeRoom({ bytesFree: 2 * gib, inodesFree: 50 }).result).toBe('warning');
  expect(judgeRoom({ bytesFree: 1000, inodesFree: null }).result).toBe('warning');
  expect(judgeSkew(20, null, config).result).toBe('ok');
  expect(judgeSkew(-6000, null, config).result).toBe('warning');
  expect(judgeSkew(4000, -4000, config)).toMatchObject({
    result: 'warning',
    found: 'the server is +4000 ms from this host, the two hosts are 8000 ms apart',
  });
});

describe('two processes that meet', () => {
  const never = new AbortController().signal;

  async function inFolder(examine: (root: string) => Promise<void>): Promise<void> {
    const root = mkdtempSync(join(tmpdir(), 'tutti-meeting-'));
    try {
      await examine(root);
    } finally {
      rmSync(root, { recursive: true });
    }
  }

  const meet = (root: string, role: 'first' | 'second'): Meeting => ({
    ...openMeeting(createDisk(root, false), 'm', role, never),
    patienceMs: 50,
  });

  it('choose each other, also when one has missed every number of the other before its last', () =>
    inFolder(async (root) => {
      const real = createDisk(root, false);
      let looks = 0;
      // Until b has chosen, a finds its name gone: it was being replaced at each look.
      const blind = {
        ...real,
        async read(path: string, bytesMax: number) {
          const text = await real.read(path, bytesMax);
          if (!path.endsWith('/b') || text?.includes(' ') === true) return text;
          looks += 1;
          return null;
        },
      };
      const found = await Promise.all([
        findPeer(blind, 'a', 20_000, never),
        findPeer(real, 'b', 20_000, never),
      ]);
      expect(looks).toBeGreaterThan(0);
      expect(found.map((match) => match?.role)).toEqual(['first', 'second']);
      expect(new Set(found.map((match) => match?.folder)).size).toBe(1);
      await leavePeers(real, 'a');
      // What a killed run left names somebody else.
      expect(await findPeer(real, 'c', 1000, never)).toBe(null);
    }));

  it('do not wait without end: not for an answer, not for a change', () =>
    inFolder(async (root) => {
      const first = meet(root, 'first');
      await prepareMeeting(first);
      const silent = { code: 'PEER_SILENT', details: { what: 'answers/0.json' } };
      await expect(ask(first, { do: 'hello' }).answer).rejects.toMatchObject(silent);
      const { disk } = first.store;
      await disk.mkdir('m/watched-0');
      for (const name of ['removal', 'attributes', 'content', 'bell']) {
        await disk.create(`m/watched-0/${name}`, 'old', false);
      }
      const { hasEvent } = await watchChanges(meet(root, 'second'), 0);
      await expect(hasEvent).rejects.toMatchObject({ code: 'PEER_SILENT' });
    }));
});
