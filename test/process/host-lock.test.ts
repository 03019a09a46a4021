// One holder per host, whoever it is, and nothing to clean up after a crash.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { realClock } from '../../agents/process/clock.ts';
import { acquireHostLock } from '../../agents/process/host-lock.ts';
import { eventually } from '../helpers/eventually.ts';

const HOLDER = join(import.meta.dirname, '../fixtures/models/lock-holder.mjs');
const never = new AbortController().signal;

let names = 0;
const nextName = (): string => `test.${process.pid}.${names++}`;

function waitFor(name: string, signal: AbortSignal = never) {
  const heard: string[] = [];
  let isHeld = false;
  const lock = acquireHostLock(name, 'second', realClock, signal, (who) => heard.push(who));
  void lock.then(
    () => (isHeld = true),
    () => undefined,
  );
  return { lock, heard, isHeld: () => isHeld };
}

it('the second waits until the first lets go, and is told who that is', async () => {
  const name = nextName();
  const first = await acquireHostLock(name, 'first', realClock, never, () => undefined);
  const second = waitFor(name);
  await eventually('the second knows the holder', () => second.heard.includes('first'));
  expect(second.isHeld()).toBe(false);
  await first.release();
  await (await second.lock).release();
  expect(second.isHeld()).toBe(true);
});

it('other names do not disturb', async () => {
  const locks = await Promise.all(
    [nextName(), nextName()].map((name) =>
      acquireHostLock(name, 'x', realClock, never, () => undefined),
    ),
  );
  expect(locks).toHaveLength(2);
  await Promise.all(locks.map((lock) => lock.release()));
});

it('a holder that is killed lets go', async () => {
  const name = nextName();
  const child = spawn(process.execPath, [HOLDER, name, 'child'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const second = waitFor(name);
  await eventually('the second knows the holder', () => second.heard.includes('child'));
  child.kill('SIGKILL');
  await (await second.lock).release();
  expect(second.isHeld()).toBe(true);
});

it('a wait can be given up', async () => {
  const name = nextName();
  const first = await acquireHostLock(name, 'first', realClock, never, () => undefined);
  const abort = new AbortController();
  const second = waitFor(name, abort.signal);
  await eventually('it waits', () => second.heard.length > 0);
  const reason = new Error('enough');
  abort.abort(reason);
  await expect(second.lock).rejects.toBe(reason);
  await first.release();
});
