// The Disk of production: paths that stay below `shared/`, calls that never follow a link or block on a
// pipe that somebody left in a lane, and "not there" as a value.
import fs from 'node:fs';
import { promisify } from 'node:util';
import { LOCAL, NETWORK } from './calls.ts';
import type { Calls } from './calls.ts';
import { excise } from './excise.ts';
import { readBytes } from './read-bytes.ts';
import type { Disk, FileStat } from './disk.ts';
import { isMissing } from './disk.ts';
import { AT_ONCE, shareSyncs } from './gathered-sync.ts';
import type { SyncTurns } from './gathered-sync.ts';
import { errnoOf } from '../protocol/errno.ts';

/** Never on the loop: the one call that waits for the device. */
const fsync = promisify(fs.fsync);
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_WRONLY, O_CREAT, O_EXCL } = fs.constants;

function failure(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code, path });
}

/** `root` is the absolute path of `shared/`; `turns`: for who syncs much. */
export function createDisk(root: string, isNetwork: boolean, turns: SyncTurns = AT_ONCE): Disk {
  const calls = isNetwork ? NETWORK : LOCAL;
  const at = (path: string): string => {
    if (path.startsWith('/') || path.split('/').includes('..')) throw failure('EINVAL', path);
    return path === '' ? root : `${root}/${path}`;
  };
  const disk = { ...reads(calls, at), ...writes(calls, at, turns), absolute: at };
  return isNetwork ? enduring(disk) : disk;
}

type Place = (path: string) => string;
type Reads = 'read' | 'readRange' | 'list' | 'stat';

function reads(calls: Calls, at: Place): Pick<Disk, Reads> {
  return {
    readRange: (path, offset, length) =>
      readPart(calls, at(path), { offset, length, sizeMax: Number.POSITIVE_INFINITY }),
    read: (path, bytesMax) =>
      readPart(calls, at(path), { offset: 0, length: bytesMax, sizeMax: bytesMax }),
    async list(path) {
      try {
        return await calls.readdir(at(path));
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
    async stat(path): Promise<FileStat | null> {
      try {
        return factsOf(await calls.lstat(at(path)));
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
  };
}

const STALE_TRIES = 4;

/**
 * On NFS a file that another host replaces while it is used answers ESTALE: its path leads to the new one.
 * Only what may be done twice is tried again.
 */
function enduring(disk: Disk): Disk {
  const again = async <T>(step: () => Promise<T>, also?: string): Promise<T> => {
    for (let tries = 1; ; tries++) {
      try {
        return await step();
      } catch (error) {
        const code = errnoOf(error);
        if ((code !== 'ESTALE' && code !== also) || tries === STALE_TRIES) throw error;
      }
    }
  };
  return {
    ...disk,
    read: (path, bytesMax) => again(() => disk.read(path, bytesMax)),
    readRange: (path, offset, length) => again(() => disk.readRange(path, offset, length)),
    list: (path) => again(() => disk.list(path)),
    stat: (path) => again(() => disk.stat(path)),
    create: (path, text, sync) => again(() => disk.create(path, text, sync)),
    unlink: (path) => again(() => disk.unlink(path)),
    // Node looks at the path after an error of mkdir(2), and reports what that look said.
    mkdir: (path) => again(() => disk.mkdir(path), 'ENOENT'),
    touch: (path) => again(() => disk.touch(path)),
    syncDirectory: (path) => again(() => disk.syncDirectory(path)),
  };
}

function factsOf(stat: fs.Stats): FileStat {
  const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other';
  const { size, ino: inode, nlink: links, mtimeMs: modifiedMs } = stat;
  return { kind, size, inode, links, modifiedMs };
}

interface Part {
  readonly offset: number;
  readonly length: number;
  readonly sizeMax: number;
}

async function readPart(calls: Calls, path: string, part: Part): Promise<string | null> {
  const file = await openRegular(calls, path);
  if (file === null) return null;
  try {
    if (file.size > part.sizeMax) throw failure('EFBIG', path);
    const wanted = Math.max(0, Math.min(part.length, file.size - part.offset));
    return (await readBytes(calls, file.fd, part.offset, wanted)).toString('utf8');
  } finally {
    await calls.close(file.fd);
  }
}

/** O_NONBLOCK: opening a named pipe must not hang. */
async function openRegular(
  calls: Calls,
  path: string,
): Promise<{ readonly fd: number; readonly size: number } | null> {
  let fd: number;
  try {
    fd = await calls.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  const stat = await calls.fstat(fd);
  if (stat.isFile()) return { fd, size: stat.size };
  await calls.close(fd);
  throw failure('ELOOP', path);
}

function writes(calls: Calls, at: Place, turns: SyncTurns): Omit<Disk, Reads | 'absolute'> {
  const put = async (path: string, flags: number | string, text: string, sync: boolean) => {
    const fd = await calls.open(at(path), flags);
    try {
      if (text !== '') await calls.write(fd, text);
      if (!sync) return;
      await turns();
      await fsync(fd);
    } finally {
      await calls.close(fd);
    }
  };
  return {
    create: (path, text, sync) => put(path, O_WRONLY | O_CREAT | O_EXCL, text, sync),
    async append(path, text) {
      const fd = await calls.open(at(path), 'a');
      try {
        if (text !== '') await calls.write(fd, text);
        return (await calls.fstat(fd)).size;
      } finally {
        await calls.close(fd);
      }
    },
    rename: async (from, to) => calls.rename(at(from), at(to)),
    link: async (from, to) => calls.link(at(from), at(to)),
    async unlink(path) {
      try {
        await calls.unlink(at(path));
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    },
    truncate: async (path, size) => calls.truncate(at(path), size),
    excise: (path, cut) => excise(calls, at(path), cut),
    mkdir: async (path) => void (await calls.mkdir(at(path))),
    syncDirectory: shareSyncs((path) => put(path, O_RDONLY, '', true)),
    async touch(path) {
      try {
        await calls.utimes(at(path), new Date());
      } catch (error) {
        if (!isMissing(error)) throw error;
        await put(path, 'a', '', false);
      }
    },
  };
}
