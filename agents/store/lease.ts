// The lock that keeps honest people from starting two brains. It is a courtesy, not the fence: a lock
// that goes stale can be won twice, and then the epoch decides (epoch.ts).
import fs from 'node:fs';
import lockfile from 'proper-lockfile';
import { errnoOf } from '../protocol/errno.ts';
import { lockCallsOf } from './crash-points.ts';
import type { Disk } from './disk.ts';

export interface Lease {
  release(): Promise<void>;
}

export interface LeaseOptions {
  readonly disk: Disk;
  /** The lock, below `shared/`. */
  readonly path: string;
  /** What it stands for; must exist. */
  readonly subject: string;
  readonly leaseMs: number;
  /** Whether whoever holds it is known to be dead: then nobody waits for the lock to go stale. */
  readonly isHolderDead: () => boolean;
  readonly onLost: () => void;
}

/** Null when somebody else holds it. */
export async function acquireLease(options: LeaseOptions): Promise<Lease | null> {
  const { disk, leaseMs, isHolderDead, onLost } = options;
  const path = disk.absolute(options.path);
  const calls = lockCallsOf(disk);
  if (isHolderDead()) (calls ?? fs).rmSync(path, { recursive: true, force: true });
  try {
    const release = await lockfile.lock(disk.absolute(options.subject), {
      ...(calls === undefined ? {} : { fs: calls }),
      lockfilePath: path,
      realpath: false,
      stale: leaseMs,
      update: Math.round(leaseMs / 3),
      // Its default throws out of a timer.
      onCompromised: onLost,
    });
    return { release: () => release().catch(() => undefined) };
  } catch (error) {
    if (errnoOf(error) === 'ELOCKED') return null;
    throw error;
  }
}
