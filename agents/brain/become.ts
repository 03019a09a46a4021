// How a process becomes the brain of a shared directory: it takes the lock, or names who holds it.
import { Fault } from '../protocol/fault.ts';
import type { Spawner } from '../process/spawner.ts';
import { readNewestHolder } from '../store/epoch.ts';
import { acquireLease } from '../store/lease.ts';
import type { Lease } from '../store/lease.ts';
import type { Store } from '../store/store.ts';

/** @throws Fault BRAIN_RUNNING */
export async function becomeBrain(
  store: Store,
  root: string,
  leaseMs: number,
  spawner: Spawner,
  host: string,
  onLost: () => void,
): Promise<Lease> {
  const holder = await readNewestHolder(store);
  // A brain that was killed on this very host needs no lease to be known dead.
  const isHolderDead = (): boolean =>
    holder !== null &&
    holder.host === host &&
    (holder.boot_id !== spawner.bootId ||
      spawner.identify(holder.pid)?.startTime !== holder.start_time);
  const path = `${root}/brain/brain.lock`;
  const subject = `${root}/brain`;
  const lease = await acquireLease({ path, subject, leaseMs, isHolderDead, onLost });
  if (lease !== null) return lease;
  const name = holder === null ? 'an unknown process' : `pid ${holder.pid} on ${holder.host}`;
  const seconds = Math.ceil(leaseMs / 1000);
  throw new Fault('BRAIN_RUNNING', { path: root, holder: name, seconds });
}
