// The doorbell. A bell is one file that a writer touches after a move; a loop that hears it reads the
// directory. chokidar's own `change` event is throttled, its `raw` event is not, and watching a single
// file costs the same however long the lanes are (docs/adr/0004). A bell that is never heard costs
// latency and nothing else: every loop looks again when its wait is over.
import { watch } from 'chokidar';
import type { Clock } from '../process/clock.ts';

export interface Doorbell {
  /** Resolves when it rings, or has rung since the last call, or after `timeoutMs`. */
  wait(timeoutMs: number): Promise<void>;
  /** Makes a pending or the next `wait` return at once: for events from inside the process. */
  ring(): void;
  close(): Promise<void>;
}

export interface BellSource {
  /** Absolute path of the bell file; it must exist. */
  readonly path: string;
  readonly isNetwork: boolean;
  readonly pollIntervalMs: number;
}

export function openDoorbell(sources: readonly BellSource[], clock: Clock): Doorbell {
  let hasRung = false;
  let wake: (() => void) | null = null;
  const ring = (): void => {
    hasRung = true;
    wake?.();
  };
  const watchers = sources.map(({ path, isNetwork, pollIntervalMs }) => {
    const watcher = watch(path, {
      usePolling: isNetwork,
      interval: pollIntervalMs,
      ignoreInitial: true,
    });
    return watcher.on('raw', ring).on('change', ring).on('error', ring);
  });
  return {
    ring,
    async wait(timeoutMs) {
      if (!hasRung) {
        const woken = new AbortController();
        // With a reason of its own: the default one is an exception with a stack, per ring.
        wake = () => woken.abort('rung');
        await clock.sleep(timeoutMs, woken.signal);
        wake = null;
      }
      hasRung = false;
    },
    async close() {
      wake?.();
      await Promise.all(watchers.map((watcher) => watcher.close()));
    },
  };
}
