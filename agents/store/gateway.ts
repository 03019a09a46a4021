// Whether a shared/ is the gateway's picture of a rig's. On such a picture nobody may work: a brain or an
// agent would move files that the next pull brings back.
import { Fault } from '../protocol/fault.ts';
import { SYNC_STATE, syncStateSchema } from '../protocol/sync.ts';
import type { SyncState } from '../protocol/sync.ts';
import type { Disk } from './disk.ts';
import { encodePretty, readRecord } from './records.ts';
import { publishVolatile } from './store.ts';
import type { Store } from './store.ts';

/** Null on a rig, and on a machine without any gap. */
export async function readSyncState(disk: Disk): Promise<SyncState | null> {
  const read = await readRecord(disk, SYNC_STATE, syncStateSchema);
  return read.is === 'ok' ? read.value : null;
}

export const writeSyncState = (store: Store, state: SyncState): Promise<void> =>
  publishVolatile(store, SYNC_STATE, encodePretty(state));

/** @throws Fault SHARED_GATEWAY */
export async function refuseGateway(disk: Disk, what: string): Promise<void> {
  const state = await readSyncState(disk);
  if (state === null) return;
  throw new Fault('SHARED_GATEWAY', { path: disk.absolute(''), rig: state.rig, what });
}
