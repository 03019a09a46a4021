// The doorbell. A bell is one file that a writer touches after a move; a loop that hears it reads the
// directory. On a local file system the kernel's own events are taken as they come: watching one file costs
// the same however long the lanes are, and nothing is looked up at each of them (docs/adr/0004). On a network
// file system the file is polled. A bell that is never heard costs latency and nothing else: every loop
// looks again when its wait is over.
import fs from 'node:fs';
import { watch } from 'chokidar';
import type { Clock, WakeSignal } from '../process/clock.ts';

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

interface Watcher {
  renew(): void;
  close(): Promise<void>;
}

export function openDoorbell(sources: readonly BellSource[], clock: Clock): Doorbell {
  let hasRung = false;
  let wake: (() => void) | null = null;
  const ring = (): void => {
    hasRung = true;
    wake?.();
  };
  const watchers = sources.map((source) =>
    source.isNetwork ? pollFile(source, ring) : watchFile(source.path, ring),
  );
  const renew = (): void => {
    for (const watcher of watchers) watcher.renew();
  };
  renew();
  return {
    ring,
    async wait(timeoutMs) {
      renew();
      if (!hasRung) {
        const sleeper = openSleeper();
        wake = sleeper.wake;
        await clock.sleep(timeoutMs, sleeper.signal);
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

/** An AbortController costs more than all else of a wait, and loops are woken several times for each task. */
function openSleeper(): { readonly signal: WakeSignal; readonly wake: () => void } {
  let isWoken = false;
  let hear: (() => void) | null = null;
  const signal: WakeSignal = {
    get aborted() {
      return isWoken;
    },
    addEventListener: (_, listener) => void (hear = listener),
    removeEventListener: () => void (hear = null),
  };
  const wake = (): void => {
    isWoken = true;
    hear?.();
  };
  return { signal, wake };
}

function pollFile({ path, pollIntervalMs }: BellSource, ring: () => void): Watcher {
  const options = { usePolling: true, interval: pollIntervalMs, ignoreInitial: true };
  const watcher = watch(path, options).on('raw', ring).on('change', ring).on('error', ring);
  return { renew: () => undefined, close: () => watcher.close() };
}

/** A bell that was removed or replaced, or that there was no watch for, is tried again before each wait. */
function watchFile(path: string, ring: () => void): Watcher {
  let watcher: fs.FSWatcher | null = null;
  const drop = (): void => {
    watcher?.close();
    watcher = null;
  };
  return {
    renew() {
      if (watcher !== null) return;
      try {
        watcher = fs.watch(path, (event) => {
          if (event === 'rename') drop();
          ring();
        });
        watcher.on('error', drop);
      } catch {
        // Until it can be watched its loop is deaf and polls.
      }
    },
    close: () => Promise.resolve(drop()),
  };
}
