// The way from ready to cold. A card's memory comes back a while after the process is gone: whoever loads the next
// model before that, sees a lie.
import type { Card, Resident } from './residents.ts';
import { heldBy } from './residents.ts';

const BACK_SHARE = 0.75;
const BACK_MS_MAX = 5000;
const LOOK_MS = 100;

/** In the queue already. A server that is not ours stays as it is, we only forget it. */
export async function unloadNow(card: Card, resident: Resident): Promise<void> {
  const { loaded, spec } = resident;
  const { measuredMib, reservedMib } = heldBy(resident);
  const freeMib = card.ports.card.memory()?.freeMib ?? null;
  if (loaded !== null) {
    resident.state = 'unloading';
    await card.drivers[spec.driver].unload(loaded);
    // Its memory is reserved until it has come back, and nothing uses it any more.
    resident.loaded = null;
    if (loaded.isOurs && freeMib !== null) {
      await awaitMemory(card, freeMib + (measuredMib ?? reservedMib) * BACK_SHARE);
    }
  }
  card.residents.delete(spec.name);
  card.ports.log.info({ model: spec.name }, 'unload');
}

/** Until so much is free; for five seconds at most, and not at all where nobody can see it. */
export async function awaitMemory(
  { ports: { card, clock } }: Card,
  wantedMib: number,
): Promise<void> {
  const endMs = clock.monotonicMs() + BACK_MS_MAX;
  for (;;) {
    const room = card.memory();
    if (room === null || room.freeMib >= wantedMib || clock.monotonicMs() >= endMs) return;
    await clock.sleep(LOOK_MS);
  }
}
