// Ctrl-C as a person means it. `npm start` passes on the INT that the terminal has delivered to the whole
// group already, so one press arrives twice within a millisecond or two.
import type { Clock } from './clock.ts';

const SAME_PRESS_MS = 250;

/** A terminal that closes asks for a clean stop, as TERM does. */
const PASSED = { SIGINT: 'SIGINT', SIGTERM: 'SIGTERM', SIGHUP: 'SIGTERM' } as const;

export type Press = 'SIGINT' | 'SIGTERM';

export function onPress(clock: Clock, listener: (press: Press) => void): void {
  const lastMs = new Map<Press, number>();
  for (const [name, press] of Object.entries(PASSED)) {
    process.on(name, () => {
      const nowMs = clock.monotonicMs();
      const isSame = nowMs - (lastMs.get(press) ?? Number.NEGATIVE_INFINITY) < SAME_PRESS_MS;
      lastMs.set(press, nowMs);
      if (!isSame) listener(press);
    });
  }
}
