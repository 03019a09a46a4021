// The agent's note of when a reservation of its card ends.
import { reservationNotePath, reservationNoteSchema } from '../protocol/reservation.ts';
import type { ReservationNote } from '../protocol/reservation.ts';
import type { AgentPlace } from './model-servers.ts';
import { encodePretty, readRecord } from './records.ts';
import { publish } from './store.ts';
import type { Store } from './store.ts';

/** Null when there is none, or when it is damaged: then the time is counted anew. */
export async function readReservationNote(
  { disk }: Store,
  { kind, name }: AgentPlace,
): Promise<ReservationNote | null> {
  const read = await readRecord(disk, reservationNotePath(kind, name), reservationNoteSchema);
  return read.is === 'ok' ? read.value : null;
}

export const writeReservationNote = (
  store: Store,
  { kind, name }: AgentPlace,
  note: ReservationNote,
): Promise<void> => publish(store, reservationNotePath(kind, name), encodePretty(note));

export const removeReservationNote = ({ disk }: Store, { kind, name }: AgentPlace): Promise<void> =>
  disk.unlink(reservationNotePath(kind, name));
