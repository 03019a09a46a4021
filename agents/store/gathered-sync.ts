// One sync that serves many. Who waits for the same directory shares one fsync; and what is to be synced at about the
// same time begins together, because each commit of the file system's journal costs the same whether it carries one
// file or thirty.
import type { Clock } from '../process/clock.ts';

interface Line {
  readonly running: Promise<void>;
  next: Promise<void> | null;
}

/** One that has begun may have missed what a later caller did, so whoever comes while it runs waits for the next, together. */
export function shareSyncs(sync: (path: string) => Promise<void>): (path: string) => Promise<void> {
  const lines = new Map<string, Line>();
  const begin = (path: string): Promise<void> => {
    const running = sync(path);
    const line: Line = { running, next: null };
    lines.set(path, line);
    const leave = (): void => {
      if (line.next === null) lines.delete(path);
    };
    running.then(leave, leave);
    return running;
  };
  return (path) => {
    const line = lines.get(path);
    if (line === undefined) return begin(path);
    const again = (): Promise<void> => begin(path);
    line.next ??= line.running.then(again, again);
    return line.next;
  };
}

/** Resolves when a sync may begin. */
export type SyncTurns = () => Promise<void>;

export const AT_ONCE: SyncTurns = () => Promise.resolve();

/** How long syncs come together where there are many. */
const GATHER_MS = 4;
/** At once after a rest: as many as a round of the brain releases. */
const BURST = 12;
/** As often as this a sync begins at once, however long it goes on: a chain of tasks has three a hop, in an agent. */
const SINGLE_MS = 2;

/** At once where they are few; in a stream of them those of each `GATHER_MS` together. */
export function gatherSyncs(clock: Clock): SyncTurns {
  let credit = BURST;
  let countedMs = clock.monotonicMs();
  let together: Promise<void> | null = null;
  const gather = async (): Promise<void> => {
    await clock.sleep(GATHER_MS);
    together = null;
    countedMs = clock.monotonicMs();
  };
  return () => {
    if (together !== null) return together;
    const nowMs = clock.monotonicMs();
    credit = Math.min(BURST, credit + (nowMs - countedMs) / SINGLE_MS);
    countedMs = nowMs;
    if (credit < 1) return (together = gather());
    credit -= 1;
    return Promise.resolve();
  };
}
