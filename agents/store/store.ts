// The two ways to bring a file into `shared/`, and the way to move one. Everything else in this folder
// is made of these.
import type { Disk, FileStat } from './disk.ts';
import { errnoOf } from '../protocol/errno.ts';

export interface Store {
  readonly disk: Disk;
  /** Durability `full`: files and directories are synced before the next step. */
  readonly isDurable: boolean;
  /** A directory of this process alone, on the same file system, that no reader scans. */
  readonly staging: string;
  /** Unique within `staging`, for the life of this process and after it. */
  nextTemporary(): string;
}

/** `tag` must differ between two processes that share a staging directory, also over time. */
export function createStore(disk: Disk, isDurable: boolean, staging: string, tag: string): Store {
  let serial = 0;
  return { disk, isDurable, staging, nextTemporary: () => `${staging}/${tag}.${serial++}` };
}

export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** Replaces or creates `path` in one step: a reader sees the old file or the new one. */
export async function publish(store: Store, path: string, text: string): Promise<void> {
  await publishWhole(store, path, text);
  if (store.isDurable) await store.disk.syncDirectory(parentOf(path));
}

/** For what can be made again: a loss of power may take the file, but leaves none that is damaged. */
export async function publishWhole(store: Store, path: string, text: string): Promise<void> {
  await publishAs(store, path, text, store.isDurable);
}

/** For heartbeats and pictures: what a loss of power takes is written again in a moment. */
export async function publishVolatile(store: Store, path: string, text: string): Promise<void> {
  await publishAs(store, path, text, false);
}

async function publishAs(store: Store, path: string, text: string, sync: boolean): Promise<void> {
  const temporary = store.nextTemporary();
  try {
    await store.disk.create(temporary, text, sync);
    await renameOver(store, temporary, path, text);
  } catch (error) {
    await store.disk.unlink(temporary).catch(() => undefined);
    throw error;
  }
}

/** rename(2) on a network mount can succeed and still report a failure: what is there tells. */
async function renameOver(store: Store, from: string, to: string, text: string): Promise<void> {
  const { disk } = store;
  try {
    await disk.rename(from, to);
  } catch (error) {
    await statFresh(store, to);
    const there = await disk.read(to, Buffer.byteLength(text)).catch(() => null);
    if (there !== text) throw error;
    await disk.unlink(from);
  }
}

/** Creates `path` unless it exists, complete or not at all. Answers whether it was this call. */
export async function publishOnce(store: Store, path: string, text: string): Promise<boolean> {
  const { disk } = store;
  const temporary = store.nextTemporary();
  try {
    await disk.create(temporary, text, store.isDurable);
    return await linkOnce(store, temporary, path);
  } finally {
    await disk.unlink(temporary).catch(() => undefined);
    if (store.isDurable) await disk.syncDirectory(parentOf(path));
  }
}

/** link(2) may succeed on a network mount and still report EEXIST: the inode tells. */
async function linkOnce(store: Store, from: string, to: string): Promise<boolean> {
  try {
    await store.disk.link(from, to);
    return true;
  } catch (error) {
    const [mine, there] = await Promise.all([store.disk.stat(from), statFresh(store, to)]);
    if (there === null) throw error;
    return mine !== null && mine.inode === there.inode;
  }
}

/**
 * Moves a file to a name that only this caller would give it. `gone`: the source was not there and
 * neither is the destination, so somebody else moved it. Other errors (a full disk) are thrown. A rename is one
 * change of the file system's journal, so the sync of one of its two directories makes it durable as a whole.
 */
export async function move(store: Store, from: string, to: string): Promise<'moved' | 'gone'> {
  const moved = await moveVolatile(store, from, to);
  if (moved === 'moved' && store.isDurable) await store.disk.syncDirectory(parentOf(to));
  return moved;
}

/** The same for a move that a loss of power may take back: whatever stands on it takes care of itself. */
export async function moveVolatile(
  store: Store,
  from: string,
  to: string,
): Promise<'moved' | 'gone'> {
  try {
    await store.disk.rename(from, to);
  } catch (error) {
    // rename(2) on a network mount can succeed and still report a failure: look for our own name first.
    if ((await statFresh(store, to)) === null) {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESTALE') return 'gone';
      throw error;
    }
    // A directory never replaces one that holds something: then both are there, and nothing has moved.
    const isTaken = errnoOf(error) === 'ENOTEMPTY' || errnoOf(error) === 'EEXIST';
    if (isTaken && (await store.disk.stat(from)) !== null) throw error;
  }
  return 'moved';
}

/** A list that no cache answers. */
export async function listFresh(store: Store, path: string): Promise<readonly string[]> {
  try {
    await freshen(store, path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
  return (await store.disk.list(path)) ?? [];
}

/**
 * Null only when the server says so: what a client saw to be absent it may believe for a minute, also
 * after an operation of its own that put it there and reported a failure.
 */
export async function statFresh(store: Store, path: string): Promise<FileStat | null> {
  const seen = await store.disk.stat(path);
  if (seen !== null) return seen;
  // On a full or a missing directory the plain answer has to do.
  await freshen(store, parentOf(path)).catch(() => undefined);
  return store.disk.stat(path);
}

/** A created and removed entry changes the directory, and what a cache says of it is asked again. */
async function freshen({ disk, ...store }: Store, path: string): Promise<void> {
  const probe = `${path}/.fresh-${store.nextTemporary().slice(store.staging.length + 1)}`;
  try {
    await disk.create(probe, '', false);
  } finally {
    await disk.unlink(probe);
  }
}
