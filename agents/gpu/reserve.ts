// A reserved card is to be empty: nothing new is claimed, what runs ends by itself, and a model leaves as soon as nothing
// runs on it. It lasts as long as its signal file lies there; one with an end is acknowledged by the agent when it is
// over. A restart finds the file again, and in its own note when the time ends.
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

/** `signals`: those that wait for this agent. */
export async function obeyReservation(agent: Agent, signals: readonly SignalName[]): Promise<void> {
  const { ports, me, state } = agent;
  const { store, clock, log } = ports;
  const name = { agent: me.name, verb: 'reserve' } as const;
  const isThere = signals.some(({ verb }) => verb === name.verb);
  const signal = isThere ? await readSignal(store, name) : null;
  if (signal === null) return release(agent, 'it was released');
  const { at, for_ms: forMs, who = signal.by, reason } = signal;
  const known = state.reservation?.at === at ? state.reservation.until : undefined;
  const until = known ?? (forMs === undefined ? null : await endOf(agent, at, forMs));
  if (until !== null && clock.wall().getTime() >= Date.parse(until)) {
    await acknowledgeSignal(store, name);
    return release(agent, 'its time is over');
  }
  if (state.reservation?.at !== at) log.info({ by: who, until, reason }, 'reserve');
  state.reservation = { at, by: who, until, reason };
  vacate(agent);
}

/** When a reservation ends that this life sees for the first time. */
async function endOf({ ports, me }: Agent, at: string, forMs: number): Promise<string> {
  const note = await readReservationNote(ports.store, me);
  if (note?.at === at) return note.until;
  const until = new Date(ports.clock.wall().getTime() + forMs).toISOString();
  await writeReservationNote(ports.store, me, { v: 1, at, until });
  return until;
}

async function release({ ports, me, state }: Agent, why: string): Promise<void> {
  if (state.reservation === null) return;
  ports.log.info({ why }, 'release');
  state.reservation = null;
  await removeReservationNote(ports.store, me);
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
