// One life of a process: from its start, or from the moment it was found alive, to its end.
import type { ProcessIdentity } from '../protocol/attempt.ts';
import type { Clock } from '../process/clock.ts';
import type { Spawner, SpawnRequest } from '../process/spawner.ts';
import type { Ended } from './restart.ts';
import { isAlive } from './survivors.ts';

/** How often an adopted process is looked at: its parent is gone, so nothing tells of its end. */
const ADOPTED_POLL_MS = 200;

export type Asking = 'SIGTERM' | 'SIGINT';

export interface Life {
  readonly pid: number;
  /** Null when it ended before it could be asked. */
  readonly identity: ProcessIdentity | null;
  readonly isAdopted: boolean;
  readonly ended: Promise<Ended>;
  /**
   * Asks the process alone: it decides what becomes of its own children. TERM for the first time, INT
   * for the second: two of one kind in a row could arrive as one.
   */
  ask(signal: Asking): void;
  /** KILL to its group. Workers lead groups of their own and live on. */
  kill(): void;
}

export function startLife(spawner: Spawner, request: SpawnRequest): Life {
  const group = spawner.start(request);
  const identity = spawner.identify(group.pid);
  let isOver = false;
  const ended = group.exited
    .then((exit): Ended => ({ ...exit, saidStopped: false }))
    .catch((error: Error) => neverLived(error))
    .finally(() => (isOver = true));
  return {
    pid: group.pid,
    identity,
    isAdopted: false,
    ended,
    ask: (signal) => {
      // Until its end was reported the number cannot have been given to another process.
      if (!isOver && group.pid > 0) signalOne(group.pid, signal);
    },
    kill: () => {
      if (!isOver && identity !== null) spawner.signal(identity, 'SIGKILL');
    },
  };
}

export function adoptLife(
  spawner: Spawner,
  identity: ProcessIdentity,
  clock: Clock,
  readFarewell: () => Promise<boolean>,
): Life {
  const watch = async (): Promise<Ended> => {
    while (isAlive(spawner, identity)) await clock.sleep(ADOPTED_POLL_MS);
    return { code: null, signal: null, saidStopped: await readFarewell().catch(() => false) };
  };
  return {
    pid: identity.pid,
    identity,
    isAdopted: true,
    ended: watch(),
    ask: (signal) => {
      if (isAlive(spawner, identity)) signalOne(identity.pid, signal);
    },
    kill: () => void spawner.signal(identity, 'SIGKILL'),
  };
}

export const neverLived = (error: Error): Ended => ({
  code: null,
  signal: null,
  saidStopped: false,
  problem: error.message,
});

function signalOne(pid: number, signal: Asking): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile, which is what was wanted.
  }
}
