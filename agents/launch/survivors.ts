// The processes of an earlier launch that still live. Launch may be killed at any moment and takes
// nobody with it; the next one finds brain and agents where they say who they are, and watches over
// them instead of starting a second of each.
import type { ProcessIdentity } from '../protocol/attempt.ts';
import { heartbeatSchema } from '../protocol/heartbeat.ts';
import type { Heartbeat } from '../protocol/heartbeat.ts';
import { heartbeatPath } from '../protocol/layout.ts';
import type { BrainState } from '../protocol/state.ts';
import type { Spawner } from '../process/spawner.ts';
import { readBrainState } from '../store/brain-state.ts';
import { identityOf, readLaunch } from '../store/launches.ts';
import { readRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { Charge } from './charges.ts';

export function isAlive(spawner: Spawner, who: ProcessIdentity): boolean {
  const now = spawner.identify(who.pid);
  return now !== null && now.startTime === who.startTime && now.bootId === who.bootId;
}

/** What a process wrote about itself last; null when there is nothing readable. */
async function readPicture(store: Store, charge: Charge): Promise<Heartbeat | BrainState | null> {
  if (charge.kind === 'brain') return readBrainState(store.disk);
  const path = heartbeatPath(charge.kind, charge.name);
  const read = await readRecord(store.disk, path, heartbeatSchema);
  return read.is === 'ok' ? read.value : null;
}

/** Whether the last thing that `who` wrote was its farewell. */
export async function readSaidStopped(
  store: Store,
  charge: Charge,
  who: ProcessIdentity,
): Promise<boolean> {
  const picture = await readPicture(store, charge);
  if (picture === null || picture.pid !== who.pid || picture.start_time !== who.startTime) {
    return false;
  }
  return ('brain' in picture ? picture.brain : picture.state) === 'stopped';
}

/**
 * Two sources, because either may be missing: the record of the last launch knows a process before
 * its first heartbeat, and a heartbeat knows one that was started by hand.
 */
export async function findSurvivors(
  store: Store,
  host: string,
  charges: readonly Charge[],
  spawner: Spawner,
): Promise<ReadonlyMap<string, ProcessIdentity>> {
  const last = await readLaunch(store, host);
  const found = new Map<string, ProcessIdentity>();
  for (const charge of charges) {
    const candidates: ProcessIdentity[] = [];
    if (last.is === 'ok') {
      const { boot_id, processes } = last.value;
      const entry = processes.find(({ name }) => name === charge.name);
      if (entry !== undefined && entry.pid !== null && entry.start_time !== null) {
        candidates.push({ pid: entry.pid, startTime: entry.start_time, bootId: boot_id });
      }
    }
    const picture = await readPicture(store, charge);
    if (picture?.host === host) candidates.push(identityOf(picture));
    const survivor = candidates.find((who) => isAlive(spawner, who));
    if (survivor !== undefined) found.set(charge.name, survivor);
  }
  return found;
}
