// What is gathered so that one call serves many: syncs of a directory, rings of a bell, names of a listing.
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../agents/process/clock.ts';
import { realClock } from '../../agents/process/clock.ts';
import { openNameReader } from '../../agents/protocol/name-reader.ts';
import { openRinging } from '../../agents/store/ringing.ts';
import { gatherSyncs, shareSyncs } from '../../agents/store/gathered-sync.ts';
import { setStage } from './stage.ts';

/** A sync that ends when the test says so. */
function slowDisk() {
  const begun: { path: string; end: () => void; fail: (error: Error) => void }[] = [];
  const sync = shareSyncs(
    (path) => new Promise((end, fail) => void begun.push({ path, end: () => end(), fail })),
  );
  return { begun, sync };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('syncs of one directory', () => {
  it('begin at once, and whoever comes meanwhile waits for one more', async () => {
    const { begun, sync } = slowDisk();
    const ended: number[] = [];
    const all = [1, 2, 3].map((n) => sync('d').then(() => ended.push(n)));
    void sync('other');
    expect(begun.map(({ path }) => path)).toEqual(['d', 'other']);
    begun[0]!.end();
    await settle();
    // The second began after the first call's rename, and serves both that came late.
    expect(ended).toEqual([1]);
    expect(begun.map(({ path }) => path)).toEqual(['d', 'other', 'd']);
    begun[2]!.end();
    await Promise.all(all);
    expect(ended).toEqual([1, 2, 3]);
    void sync('d');
    expect(begun).toHaveLength(4);
  });

  it('fail for those that they were for, and the next is tried', async () => {
    const { begun, sync } = slowDisk();
    const first = sync('d');
    const second = sync('d');
    begun[0]!.fail(new Error('EIO'));
    await expect(first).rejects.toThrow('EIO');
    begun[1]!.end();
    await expect(second).resolves.toBeUndefined();
  });
});

/** A clock that stands until `pass` is called. */
function standingClock() {
  let nowMs = 0;
  const sleeps: { ms: number; end: () => void }[] = [];
  const clock: Clock = {
    ...realClock,
    monotonicMs: () => nowMs,
    sleep: (ms) => new Promise((end) => void sleeps.push({ ms, end: () => end() })),
  };
  return { clock, sleeps, pass: (ms: number) => void (nowMs += ms) };
}

describe('syncs of many files', () => {
  /** How many of `count` that ask now have to wait. */
  async function waitersOf(turns: () => Promise<void>, count: number): Promise<number> {
    let begun = 0;
    for (let n = 0; n < count; n++) void turns().then(() => (begun += 1));
    await settle();
    return count - begun;
  }

  it('begin at once after a rest, together in a stream, and at once again after the next rest', async () => {
    const { clock, sleeps, pass } = standingClock();
    const turns = gatherSyncs(clock);
    expect(await waitersOf(turns, 12)).toBe(0);
    expect(await waitersOf(turns, 20)).toBe(20);
    expect(sleeps.map(({ ms }) => ms)).toEqual([4]);
    pass(4);
    let isBegun = false;
    void turns().then(() => (isBegun = true));
    sleeps[0]!.end();
    await settle();
    expect(isBegun).toBe(true);
    // The stream goes on: the wait itself has earned nothing.
    expect(await waitersOf(turns, 3)).toBe(3);
    expect(sleeps).toHaveLength(2);
    sleeps[1]!.end();
    await settle();
    pass(4);
    expect(await waitersOf(turns, 3)).toBe(1);
    sleeps[2]!.end();
    await settle();
    pass(1_000);
    expect(await waitersOf(turns, 13)).toBe(1);
  });

  it('never wait in a chain of tasks, which has few of them a hop', async () => {
    const { clock, pass } = standingClock();
    const turns = gatherSyncs(clock);
    for (let hop = 0; hop < 100; hop++) {
      pass(6);
      expect(await waitersOf(turns, 3)).toBe(0);
    }
  });
});

describe('rings', () => {
  const stage = setStage();

  it('go out at once, and those that follow soon are one, unless somebody waits for it', async () => {
    const { store } = stage();
    const rung: string[] = [];
    const { clock, sleeps, pass } = standingClock();
    const disk = {
      ...store.disk,
      touch: (path: string): Promise<void> => {
        rung.push(path);
        return Promise.resolve();
      },
    };
    const ring = openRinging({ ...store, disk }, 'bells/brain', clock);
    await ring(false);
    pass(1);
    for (let n = 0; n < 3; n++) await ring(false);
    expect(rung).toHaveLength(1);
    expect(sleeps.map(({ ms }) => ms)).toEqual([3]);
    pass(3);
    sleeps[0]!.end();
    await settle();
    expect(rung).toHaveLength(2);
    pass(5);
    await ring(false);
    expect(rung).toHaveLength(3);
    pass(1);
    await ring(false);
    await ring(true);
    expect(rung).toHaveLength(4);
  });
});

describe('names of a lane', () => {
  it('are parsed once for as long as they stay, and what is no name is left out', () => {
    const parsed: string[] = [];
    const read = openNameReader((file) => {
      parsed.push(file);
      return file.startsWith('.') ? null : { file };
    });
    const [first] = read(['a', '.nfs1', 'b']);
    expect(read(['b', 'a', '.nfs1'])).toEqual([{ file: 'b' }, { file: 'a' }]);
    expect(read(['a'])[0]).toBe(first);
    expect(parsed).toEqual(['a', '.nfs1', 'b']);
    read([]);
    read(['a']);
    expect(parsed).toEqual(['a', '.nfs1', 'b', 'a']);
  });
});
