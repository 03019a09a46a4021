// The benchmark waits by looking again. What it measures is stamped by others (records, names, the
// commands themselves), so that how often it looks changes no figure.
import { realClock } from '../../agents/process/clock.ts';

const LOOK_MS = 25;

/** The first answer that is not null. @throws after `deadlineMs`, naming what did not come */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null>,
  deadlineMs = 120_000,
  lookMs = LOOK_MS,
): Promise<T> {
  const endMs = realClock.monotonicMs() + deadlineMs;
  for (;;) {
    const value = await look();
    if (value !== null) return value;
    if (realClock.monotonicMs() > endMs) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await realClock.sleep(lookMs);
  }
}
