// The output of a process is a file with a limit, never a pipe: a launch that is gone must not block
// the agents it started. One earlier piece is kept beside it.
import type { Disk } from '../store/disk.ts';
import { publishVolatile } from '../store/store.ts';
import type { Store } from '../store/store.ts';

const previous = (path: string): string => `${path}.1`;

const isFull = async (disk: Disk, path: string, bytesMax: number): Promise<boolean> => {
  const stat = await disk.stat(path);
  return stat !== null && stat.size > bytesMax;
};

/** Before a start, when nobody writes: the file itself moves. */
export async function rotateLog(disk: Disk, path: string, bytesMax: number): Promise<void> {
  if (await isFull(disk, path, bytesMax)) await disk.rename(path, previous(path));
}

/**
 * While the process writes: its end is copied and the file is cut. The writer appends, so it goes on at
 * the new end. What it writes between the two steps is lost, as it is for every log that is rotated so.
 */
export async function cutLog(store: Store, path: string, bytesMax: number): Promise<void> {
  const { disk } = store;
  if (!(await isFull(disk, path, bytesMax))) return;
  const size = (await disk.stat(path))?.size ?? 0;
  const tail = await disk.readRange(path, Math.max(0, size - bytesMax), bytesMax);
  if (tail !== null) await publishVolatile(store, previous(path), tail);
  await disk.truncate(path, 0);
}
