// Signal files: written by the CLI or the brain, read by one agent, acknowledged by moving them.
import { BELL_AGENTS, SIGNALS, SIGNALS_DONE } from '../protocol/layout.ts';
import { formatSignal, parseSignal, signalSchema } from '../protocol/signal.ts';
import type { Signal, SignalName } from '../protocol/signal.ts';
import { encode, readRecord } from './records.ts';
import { move, publish } from './store.ts';
import type { Store } from './store.ts';

export async function sendSignal(store: Store, name: SignalName, signal: Signal): Promise<void> {
  await publish(store, `${SIGNALS}/${formatSignal(name)}`, encode(signal));
  await store.disk.touch(BELL_AGENTS);
}

/** The signals that wait for `agent`, or for anyone when it is null. */
export async function listSignals(store: Store, agent: string | null): Promise<SignalName[]> {
  const names = (await store.disk.list(SIGNALS)) ?? [];
  return names
    .map(parseSignal)
    .filter(
      (name): name is SignalName => name !== null && (agent === null || name.agent === agent),
    );
}

/** A signal that cannot be read still is one: its name says everything that matters. */
export async function readSignal(store: Store, name: SignalName): Promise<Signal | null> {
  const read = await readRecord(store.disk, `${SIGNALS}/${formatSignal(name)}`, signalSchema);
  if (read.is === 'ok') return read.value;
  if (read.is === 'missing') return null;
  return { v: 1, by: 'operator', reason: `unreadable signal file: ${read.problem}`, at: '' };
}

export async function acknowledgeSignal(store: Store, name: SignalName): Promise<void> {
  const file = formatSignal(name);
  await move(store, `${SIGNALS}/${file}`, `${SIGNALS_DONE}/${file}`);
}

/** Only for `pause` and `reserve`, which are states: whoever ends one removes its file. */
export const liftSignal = (store: Store, name: SignalName): Promise<void> =>
  store.disk.unlink(`${SIGNALS}/${formatSignal(name)}`);
