// One launch per host and shared directory. The lock keeps two honest starts apart while they look;
// what decides is the identity in the record (pid, start time, boot id), because a lock can go stale
// under a stalled disk and is won twice then (docs/OPERATIONS.md).
import type { ProcessIdentity } from '../protocol/attempt.ts';
import { Fault } from '../protocol/fault.ts';
import { launchLockPath, launchRecordPath, launchSchema } from '../protocol/launch.ts';
import type { LaunchRecord } from '../protocol/launch.ts';
import type { Clock } from '../process/clock.ts';
import { acquireLease } from './lease.ts';
import type { Lease } from './lease.ts';
import { encodePretty, readRecord } from './records.ts';
import type { Read } from './records.ts';
import { publishVolatile } from './store.ts';
import type { Store } from './store.ts';

/** After a launch was killed its lock lingers for this long. */
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

/**
 * A dead holder's lock is waited for, never removed: two starts that both remove it would both get it.
 * @throws Fault LAUNCH_RUNNING
 */
export async function acquireLaunchLock(
  store: Store,
  host: string,
  isAlive: (holder: ProcessIdentity) => boolean,
  clock: Clock,
): Promise<Lease> {
  const { disk } = store;
  const options = {
    disk,
    path: launchLockPath(host),
    subject: launchRecordPath(host),
    leaseMs: STALE_MS,
    isHolderDead: () => false,
    // The identity in the record still keeps others out, so losing the lock changes nothing.
    onLost: () => undefined,
  };
  const deadlineMs = clock.monotonicMs() + 3 * STALE_MS;
  for (;;) {
    const lease = await acquireLease(options);
    const read = await readLaunch(store, host);
    const holder = read.is === 'ok' && read.value.state !== 'stopped' ? read.value : null;
    const isHeld = holder !== null && isAlive(identityOf(holder));
    if (lease !== null && !isHeld) return lease;
    await lease?.release();
    // Somebody who is not on this host keeps the lock fresh: two hosts with the same name.
    if (isHeld || clock.monotonicMs() > deadlineMs) {
      throw new Fault('LAUNCH_RUNNING', { path: disk.absolute(''), pid: holder?.pid ?? 'unknown' });
    }
    await clock.sleep(200);
  }
}
