// The Clock and Random ports. Everything that waits or looks at the time gets these from outside, so
// that the simulator can run the same loops on a virtual clock and one seed.
import { performance } from 'node:perf_hooks';
import { randomInt } from 'node:crypto';
import { uptime } from 'node:os';

/** What cuts a sleep short: an AbortSignal, or something lighter. */
export interface WakeSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface Clock {
  /** UTC, for people and file names only: never compared with another host's. */
  wall(): Date;
  /** Milliseconds from an arbitrary start; never goes back. The only time that decisions use. */
  monotonicMs(): number;
  /** Resolves after `ms`, or as soon as `signal` aborts; never rejects. */
  sleep(ms: number, signal?: WakeSignal): Promise<void>;
}

export interface Random {
  /** A float in [0, 1). */
  next(): number;
  /** `length` characters of [a-z0-9]. */
  text(length: number): string;
}

export const realClock: Clock = {
  wall: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done);
    }),
};

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

export const realRandom: Random = {
  next: () => Math.random(),
  text: (length) => Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]!).join(''),
};

/** Since this host booted: the one clock that two processes share and nobody sets. */
export const uptimeMs = (): number => Math.round(uptime() * 1000);

/** `2026-11-21T02:14:55.123Z` */
export const utc = (clock: Clock): string => clock.wall().toISOString();
