// Sends signal files and waits for their acknowledgement. The proof is the file in signals/done with
// our own time in it: that the file is gone from signals/ would be an absence, which proves nothing.
import { realClock, utc } from '../../agents/process/clock.ts';
import { SIGNALS_DONE } from '../../agents/protocol/layout.ts';
import { formatSignal, signalSchema } from '../../agents/protocol/signal.ts';
import type { Signal, SignalName } from '../../agents/protocol/signal.ts';
import { readRecord } from '../../agents/store/records.ts';
import { sendSignal } from '../../agents/store/signals.ts';
import type { Store } from '../../agents/store/store.ts';

const LOOK_INTERVAL_MS = 50;

export async function signalAsOperator(
  store: Store,
  name: SignalName,
  reason: string,
): Promise<Signal> {
  const signal: Signal = { v: 1, by: 'operator', reason, at: utc(realClock) };
  await sendSignal(store, name, signal);
  return signal;
}

export async function isAcknowledged(
  store: Store,
  name: SignalName,
  signal: Signal,
): Promise<boolean> {
  const path = `${SIGNALS_DONE}/${formatSignal(name)}`;
  const read = await readRecord(store.disk, path, signalSchema);
  return read.is === 'ok' && read.value.at === signal.at;
}

/** Looks until `look` answers something, the time is over (null), or the person has had enough (null). */
export async function waitFor<T>(
  look: () => T | null | Promise<T | null>,
  timeoutMs: number,
  interruption?: AbortSignal,
): Promise<T | null> {
  const deadlineMs = realClock.monotonicMs() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (interruption?.aborted === true || realClock.monotonicMs() > deadlineMs) return null;
    await realClock.sleep(LOOK_INTERVAL_MS, interruption);
  }
}
