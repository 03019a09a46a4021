// Whether the paths in `requires` and `produces` are there. Those below `shared/` are looked up through
// the Disk port; a task may also name files of the host, which only the operating system knows.
import path from 'node:path';
import type { Clock } from '../process/clock.ts';
import { isOnHost } from '../process/host-path.ts';
import type { Disk } from '../store/disk.ts';
import { errnoOf } from '../protocol/errno.ts';

const LOOK_MS = 200;

async function isThere(disk: Disk, absolute: string): Promise<boolean> {
  const shared = disk.absolute('');
  if (!absolute.startsWith(`${shared}/`)) return isOnHost(absolute);
  try {
    return (await disk.stat(absolute.slice(shared.length + 1))) !== null;
  } catch (error) {
    // A name too long, a folder that may not be searched: what cannot be seen is not there.
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

/** Those of `paths` that are not there; relative ones are below `base`. */
async function findMissing(
  disk: Disk,
  paths: readonly string[],
  base: string,
): Promise<readonly string[]> {
  const answers = await Promise.all(paths.map((name) => isThere(disk, path.resolve(base, name))));
  return paths.filter((_, index) => answers[index] !== true);
}

/** Looks again until `patienceMs` have passed: on a network mount absence is no proof. */
export async function awaitPaths(
  { disk, clock }: { readonly disk: Disk; readonly clock: Clock },
  paths: readonly string[],
  base: string,
  patienceMs: number,
): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  const deadlineMs = clock.monotonicMs() + patienceMs;
  for (;;) {
    const missing = await findMissing(disk, paths, base);
    if (missing.length === 0 || clock.monotonicMs() >= deadlineMs) return missing;
    await clock.sleep(LOOK_MS);
  }
}
