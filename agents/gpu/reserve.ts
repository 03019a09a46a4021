// A reserved card is to be empty: nothing new is claimed, what runs ends by itself, and a model leaves as soon as nothing
// runs on it. It lasts as long as its signal file lies there; one with an end is acknowledged by the agent when it is
// over. A restart finds the file again, and in its own note when the time ends.
import type { Reservation } from '../protocol/reservation.ts';
import type { SignalName } from '../protocol/signal.ts';
import {
  readReservationNote,
  removeReservationNote,
  writeReservationNote,
} from '../store/reservations.ts';
import { acknowledgeSignal, readSignal } from '../store/signals.ts';
import type { Agent } from './agent.ts';
import { isHeldOnCard, usersOf } from './occupancy.ts';
import { ringPulse } from './pulse.ts';

/** A person's reservation and the brain's are two files, and either is enough. `signals`: those for this agent. */
export async function obeyReservation(agent: Agent, signals: readonly SignalName[]): Promise<void> {
  const { ports, state } = agent;
  const reservation =
    (await readReservation(agent, signals, 'reserve')) ??
    (await readReservation(agent, signals, 'lend'));
  const before = state.reservation;
  state.reservation = reservation;
  if (reservation !== null) {
    if (before?.at !== reservation.at) ports.log.info({ reservation }, 'reserve');
    vacate(agent);
  } else if (before !== null) {
    ports.log.info({ reservation: before }, 'release');
    await removeReservationNote(ports.store, agent.me);
  }
}

async function readReservation(
  agent: Agent,
  signals: readonly SignalName[],
  verb: 'reserve' | 'lend',
): Promise<Reservation | null> {
  const { ports, me, state } = agent;
  if (!signals.some((name) => name.verb === verb)) return null;
  const signal = await readSignal(ports.store, { agent: me.name, verb });
  if (signal === null) return null;
  const { at, for_ms: forMs, who: by = signal.by, reason, lent_to = null } = signal;
  const known = state.reservation?.at === at ? state.reservation.until : undefined;
  const until = known ?? (forMs === undefined ? null : await endOf(agent, at, forMs));
  if (until !== null && ports.clock.wall().getTime() >= Date.parse(until)) {
    await acknowledgeSignal(ports.store, { agent: me.name, verb });
    await removeReservationNote(ports.store, me);
    return null;
  }
  return { at, by, reason, until, lent_to };
}

/** When a reservation ends that this life sees for the first time. */
async function endOf({ ports, me }: Agent, at: string, forMs: number): Promise<string> {
  const note = await readReservationNote(ports.store, me);
  if (note?.at === at) return note.until;
  const until = new Date(ports.clock.wall().getTime() + forMs).toISOString();
  await writeReservationNote(ports.store, me, { v: 1, at, until });
  return until;
}

/** Never ends what runs: a model that is in use leaves later. */
function vacate(agent: Agent): void {
  const { ports, state } = agent;
  for (const view of ports.models.list()) {
    const { model } = view;
    const isIdle = view.state === 'ready' && usersOf(agent, model) === 0;
    if (!isHeldOnCard(view) || !isIdle || state.draining.has(model)) continue;
    state.draining.add(model);
    ports.log.info({ model }, 'unload: the card is reserved');
    void ports.models
      .unload(model)
      .catch((error: unknown) => ports.log.warn({ model, err: error }, 'unload failed'))
      .finally(() => {
        state.draining.delete(model);
        ringPulse(agent);
      });
  }
}
