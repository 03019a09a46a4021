// Rings a bell for somebody else's loop: at once, and then not again for a while. What happens in that while
// is rung for once, at its end: each ring wakes a process, and one look sees it all.
import type { Clock } from '../process/clock.ts';
import type { Store } from './store.ts';

/** How long rings are gathered. */
const GATHER_MS = 4;

/** Resolves when the bell has rung or will ring. A ring that comes to nothing costs latency only. */
export type Ringing = () => Promise<void>;

export function openRinging({ disk }: Store, bell: string, clock: Clock): Ringing {
  let rungMs = Number.NEGATIVE_INFINITY;
  let isPending = false;
  const later = async (waitMs: number): Promise<void> => {
    await clock.sleep(waitMs);
    isPending = false;
    rungMs = clock.monotonicMs();
    await disk.touch(bell).catch(() => undefined);
  };
  return async () => {
    if (isPending) return;
    const nowMs = clock.monotonicMs();
    const waitMs = rungMs + GATHER_MS - nowMs;
    if (waitMs > 0) {
      isPending = true;
      void later(waitMs);
      return;
    }
    rungMs = nowMs;
    await disk.touch(bell);
  };
}
