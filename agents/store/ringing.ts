// Rings a bell for somebody else's loop: at once, and then not again for a while. What happens in that while
// is rung for once, at its end: each ring wakes a process, and one look sees it all. Whoever has nothing else to
// do rings at once in any case: in a chain of tasks the while would be the time of a hop.
import type { Clock } from '../process/clock.ts';
import type { Store } from './store.ts';

/** How long rings are gathered. */
const GATHER_MS = 4;

/**
 * Resolves when the bell has rung or will ring. A ring that comes to nothing costs latency only. `isAwaited`: nothing
 * goes on before it is heard.
 */
export type Ringing = (isAwaited: boolean) => Promise<void>;

export function openRinging({ disk }: Store, bell: string, clock: Clock): Ringing {
  let rungMs = Number.NEGATIVE_INFINITY;
  let isPending = false;
  const later = async (waitMs: number): Promise<void> => {
    await clock.sleep(waitMs);
    isPending = false;
    rungMs = clock.monotonicMs();
    await disk.touch(bell).catch(() => undefined);
  };
  return async (isAwaited) => {
    if (isPending && !isAwaited) return;
    const nowMs = clock.monotonicMs();
    const waitMs = rungMs + GATHER_MS - nowMs;
    if (waitMs > 0 && !isAwaited) {
      isPending = true;
      void later(waitMs);
      return;
    }
    rungMs = nowMs;
    await disk.touch(bell);
  };
}
