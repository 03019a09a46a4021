// How a process becomes the brain of a shared directory: it takes the lock, or names who holds it. The lock is
// a courtesy between people who start brains; the epoch decides (store/epoch.ts). So a brain that loses it,
// because the disk refused to renew it for a while, goes on: it takes the lock again when it is free, and
// if another brain has it, that one opens a newer epoch, which ends this one.
import type { Clock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import type { Spawner } from '../process/spawner.ts';
import type { EpochHolder } from '../protocol/epoch.ts';
import { Fault } from '../protocol/fault.ts';
import { readNewestHolder } from '../store/epoch.ts';
import { acquireLease } from '../store/lease.ts';
import type { Lease } from '../store/lease.ts';
import type { Store } from '../store/store.ts';

export interface Candidate {
  readonly store: Store;
  readonly host: string;
  readonly leaseMs: number;
  readonly spawner: Spawner;
  readonly clock: Clock;
  readonly log: Log;
  /** Somebody wants it to end before it has begun. */
  readonly isStopWanted: () => boolean;
}

const LOOK_INTERVAL_MS = 200;

/** @throws Fault BRAIN_RUNNING */
export async function becomeBrain(candidate: Candidate): Promise<Lease> {
  const { store, host, leaseMs, clock } = candidate;
  const holder = await readNewestHolder(store);
  const isHere = holder?.host === host;
  const isAlive = isHere && isRunning(candidate, holder);
  const lock = keepLock(candidate);
  // A brain that was killed on this very host needs no lease to be known dead.
  if (await lock.take(isHere && !isAlive)) return lock;
  // One that died between the lock and its epoch left no name, and one of another host may be dead as
  // well: the lock of the living is fresh, and that of the dead goes stale.
  const deadlineMs = clock.monotonicMs() + (isAlive ? 0 : 2 * leaseMs);
  while (clock.monotonicMs() < deadlineMs && !candidate.isStopWanted()) {
    await clock.sleep(LOOK_INTERVAL_MS);
    if (await lock.take(false)) return lock;
  }
  const name = holder === null ? 'an unknown process' : `pid ${holder.pid} on ${holder.host}`;
  const seconds = Math.ceil(leaseMs / 1000);
  throw new Fault('BRAIN_RUNNING', { path: store.disk.absolute(''), holder: name, seconds });
}

const isRunning = ({ spawner }: Candidate, holder: EpochHolder): boolean =>
  holder.boot_id === spawner.bootId &&
  spawner.identify(holder.pid)?.startTime === holder.start_time;

interface Lock extends Lease {
  /** Answers whether it is held now. */
  take(isHolderDead: boolean): Promise<boolean>;
}

function keepLock({ store, leaseMs, clock, log }: Candidate): Lock {
  const closing = new AbortController();
  let lease: Lease | null = null;
  const take = async (isHolderDead: boolean): Promise<boolean> => {
    lease = await acquireLease({
      disk: store.disk,
      path: 'brain/brain.lock',
      subject: 'brain',
      leaseMs,
      isHolderDead: () => isHolderDead,
      onLost: () => void retake(),
    });
    if (closing.signal.aborted) await lease?.release();
    return lease !== null;
  };
  const retake = async (): Promise<void> => {
    log.warn('the lock of the brain was lost, and is taken again when it is free');
    while (!closing.signal.aborted && !(await take(false).catch(() => false))) {
      await clock.sleep(LOOK_INTERVAL_MS, closing.signal);
    }
  };
  return {
    take,
    async release() {
      closing.abort();
      await lease?.release();
    },
  };
}
