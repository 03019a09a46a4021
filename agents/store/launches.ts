// One launch per host and shared directory. The lock keeps two honest starts apart while they look;
// what decides is the identity in the record (pid, start time, boot id), because a lock can go stale
// under a stalled disk and is won twice then (docs/OPERATIONS.md).
import { lock } from 'proper-lockfile';
import type { ProcessIdentity } from '../protocol/attempt.ts';
import { Fault } from '../protocol/fault.ts';
import { launchLockPath, launchRecordPath, launchSchema } from '../protocol/launch.ts';
import type { LaunchRecord } from '../protocol/launch.ts';
import type { Clock } from '../process/clock.ts';
import { errnoOf } from './disk.ts';
import { encodePretty, readRecord } from './records.ts';
import type { Read } from './records.ts';
import { publishVolatile } from './store.ts';
import type { Store } from './store.ts';

/** After a launch was killed its lock lingers for this long; a live one renews it five times as often. */
const STALE_MS = 5000;

export const readLaunch = (store: Store, host: string): Promise<Read<LaunchRecord>> =>
  readRecord(store.disk, launchRecordPath(host), launchSchema);

/** A picture: `process` durability is enough, the next change writes it again. */
export const writeLaunch = (store: Store, record: LaunchRecord): Promise<void> =>
  publishVolatile(store, launchRecordPath(record.host), encodePretty(record));

export const identityOf = (
  record: Pick<LaunchRecord, 'pid' | 'start_time' | 'boot_id'>,
): ProcessIdentity => ({
  pid: record.pid,
  startTime: record.start_time,
  bootId: record.boot_id,
});

export interface LaunchLock {
  release(): Promise<void>;
}

/**
 * A dead holder's lock is waited for, never removed: two starts that both remove it would both get it.
 * @throws Fault LAUNCH_RUNNING
 */
export async function acquireLaunchLock(
  store: Store,
  host: string,
  isAlive: (holder: ProcessIdentity) => boolean,
  clock: Clock,
): Promise<LaunchLock> {
  const { disk } = store;
  const path = disk.absolute(launchLockPath(host));
  const deadlineMs = clock.monotonicMs() + 3 * STALE_MS;
  for (;;) {
    const release = await tryLock(path);
    const read = await readLaunch(store, host);
    const holder = read.is === 'ok' && read.value.state !== 'stopped' ? read.value : null;
    const isHeld = holder !== null && isAlive(identityOf(holder));
    if (release !== null && !isHeld) return { release };
    await release?.();
    // Somebody who is not on this host keeps the lock fresh: two hosts with the same name.
    if (isHeld || clock.monotonicMs() > deadlineMs) {
      throw new Fault('LAUNCH_RUNNING', { path: disk.absolute(''), pid: holder?.pid ?? 'unknown' });
    }
    await clock.sleep(200);
  }
}

async function tryLock(path: string): Promise<(() => Promise<void>) | null> {
  try {
    const release = await lock(path, {
      lockfilePath: path,
      realpath: false,
      stale: STALE_MS,
      update: STALE_MS / 5,
      // The identity in the record still keeps others out, so losing the lock changes nothing.
      onCompromised: () => undefined,
    });
    return async () => release().catch(() => undefined);
  } catch (error) {
    if (errnoOf(error) === 'ELOCKED') return null;
    throw error;
  }
}
