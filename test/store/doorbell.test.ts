// The bell over real files, and its waiting on a clock that stands still until a test moves it.
import { afterEach, describe, expect, it } from 'vitest';
import type { Clock, WakeSignal } from '../../agents/process/clock.ts';
import { realClock } from '../../agents/process/clock.ts';
import { BELL_BRAIN } from '../../agents/protocol/layout.ts';
import { openDoorbell } from '../../agents/store/doorbell.ts';
import type { BellSource, Doorbell } from '../../agents/store/doorbell.ts';
import { eventually } from '../helpers/eventually.ts';
import { setStage } from './stage.ts';

const stage = setStage();
const bells: Doorbell[] = [];
afterEach(() => Promise.all(bells.splice(0).map((bell) => bell.close())));

function open(sources: readonly BellSource[], clock: Clock): Doorbell {
  const bell = openDoorbell(sources, clock);
  bells.push(bell);
  return bell;
}

/** Longer than any test takes: whoever waits this long has not heard the bell. */
const LONG_MS = 600_000;

/** A wait that can be looked at. */
function waitOn(bell: Doorbell): { isOver: boolean } {
  const wait = { isOver: false };
  void bell.wait(LONG_MS).then(() => (wait.isOver = true));
  return wait;
}

describe.each([
  { name: 'inotify', isNetwork: false },
  { name: 'polling', isNetwork: true },
])('a bell heard by $name', ({ isNetwork }) => {
  it('wakes whoever waits, again and again', async () => {
    const { disk } = stage();
    await disk.touch(BELL_BRAIN);
    const path = disk.absolute(BELL_BRAIN);
    const bell = open([{ path, isNetwork, pollIntervalMs: 20 }], realClock);
    // The watcher needs a moment to get ready, so the first touches may go unheard.
    const first = waitOn(bell);
    await eventually('the first ring', async () => {
      await disk.touch(BELL_BRAIN);
      return first.isOver;
    });
    for (const ring of ['second', 'third']) {
      const wait = waitOn(bell);
      await eventually(`the ${ring} ring`, async () => {
        await disk.touch(BELL_BRAIN);
        return wait.isOver;
      });
      expect(wait.isOver).toBe(true);
    }
  });

  it('hears each of its sources', async () => {
    const { disk } = stage();
    const paths = ['bells/one', 'bells/two'];
    for (const path of paths) await disk.touch(path);
    const sources = paths.map((path) => ({
      path: disk.absolute(path),
      isNetwork,
      pollIntervalMs: 20,
    }));
    const bell = open(sources, realClock);
    for (const path of paths) {
      const wait = waitOn(bell);
      await eventually(`a ring of ${path}`, async () => {
        await disk.touch(path);
        return wait.isOver;
      });
      expect(wait.isOver).toBe(true);
    }
  });
});

it('a bell that was replaced is heard again', async () => {
  const { disk } = stage();
  await disk.touch(BELL_BRAIN);
  const path = disk.absolute(BELL_BRAIN);
  const bell = open([{ path, isNetwork: false, pollIntervalMs: 20 }], realClock);
  const replaced = waitOn(bell);
  await disk.unlink(BELL_BRAIN);
  await disk.touch(BELL_BRAIN);
  await eventually('the ring of its removal', () => replaced.isOver);
  const wait = waitOn(bell);
  await disk.touch(BELL_BRAIN);
  await eventually('the ring of the new one', () => wait.isOver);
  expect(wait.isOver).toBe(true);
});

interface Sleep {
  readonly ms: number;
  end(): void;
}

/** Sleeps end when the test says so, or when they are aborted. */
function stillClock(): { readonly clock: Clock; readonly sleeps: Sleep[] } {
  const sleeps: Sleep[] = [];
  const sleep = (ms: number, signal?: WakeSignal): Promise<void> =>
    new Promise((resolve) => {
      sleeps.push({ ms, end: resolve });
      signal?.addEventListener('abort', () => resolve());
    });
  return { clock: { ...realClock, sleep }, sleeps };
}

describe('a wait', () => {
  it('sleeps as long as it was told, and then returns', async () => {
    const { clock, sleeps } = stillClock();
    const wait = open([], clock).wait(5_000);
    expect(sleeps.map(({ ms }) => ms)).toEqual([5_000]);
    sleeps[0]?.end();
    await wait;
  });

  it('ends at a ring', async () => {
    const { clock, sleeps } = stillClock();
    const bell = open([], clock);
    const wait = bell.wait(5_000);
    bell.ring();
    await wait;
    expect(sleeps).toHaveLength(1);
  });

  it('after a ring returns at once; however many there were, they are one', async () => {
    const { clock, sleeps } = stillClock();
    const bell = open([], clock);
    bell.ring();
    bell.ring();
    await bell.wait(5_000);
    expect(sleeps).toEqual([]);
    const next = bell.wait(5_000);
    expect(sleeps).toHaveLength(1);
    bell.ring();
    await next;
  });

  it('ends when the bell is closed', async () => {
    const { clock } = stillClock();
    const bell = open([], clock);
    const wait = bell.wait(5_000);
    await bell.close();
    await expect(wait).resolves.toBeUndefined();
  });
});
