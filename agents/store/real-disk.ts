// The Disk of production. On a local file system every call but fsync is synchronous: a rename costs
// microseconds there, the trip through the thread pool several times that. On a network file system
// every call goes through the pool, because a server that does not answer must not stop the loop that
// would notice it (docs/ARCHITECTURE.md, rules 5 and 7).
import fs from 'node:fs';
import { promisify } from 'node:util';
import type { Disk, FileStat } from './disk.ts';

type Maybe<T> = T | Promise<T>;

interface Calls {
  open(path: string, flags: number | string): Maybe<number>;
  fstat(fd: number): Maybe<fs.Stats>;
  read(fd: number, buffer: Buffer, offset: number, length: number, at: number): Maybe<number>;
  write(fd: number, text: string): Maybe<unknown>;
  close(fd: number): Maybe<void>;
  rename(from: string, to: string): Maybe<void>;
  link(from: string, to: string): Maybe<void>;
  unlink(path: string): Maybe<void>;
  truncate(path: string, size: number): Maybe<void>;
  mkdir(path: string): Maybe<unknown>;
  readdir(path: string): Maybe<string[]>;
  lstat(path: string): Maybe<fs.Stats>;
  utimes(path: string, seconds: number): Maybe<void>;
}

const LOCAL: Calls = {
  open: (path, flags) => fs.openSync(path, flags),
  fstat: (fd) => fs.fstatSync(fd),
  read: (fd, buffer, offset, length, at) => fs.readSync(fd, buffer, offset, length, at),
  write: (fd, text) => fs.writeFileSync(fd, text),
  close: (fd) => fs.closeSync(fd),
  rename: (from, to) => fs.renameSync(from, to),
  link: (from, to) => fs.linkSync(from, to),
  unlink: (path) => fs.unlinkSync(path),
  truncate: (path, size) => fs.truncateSync(path, size),
  mkdir: (path) => fs.mkdirSync(path, { recursive: true }),
  readdir: (path) => fs.readdirSync(path),
  lstat: (path) => fs.lstatSync(path),
  utimes: (path, seconds) => fs.utimesSync(path, seconds, seconds),
};

const NETWORK: Calls = {
  open: promisify(fs.open),
  fstat: promisify<number, fs.Stats>(fs.fstat),
  read: async (fd, buffer, offset, length, at) =>
    (await promisify(fs.read)(fd, buffer, offset, length, at)).bytesRead,
  write: (fd, text) => promisify<number, string, void>(fs.writeFile)(fd, text),
  close: promisify(fs.close),
  rename: fs.promises.rename,
  link: fs.promises.link,
  unlink: fs.promises.unlink,
  truncate: fs.promises.truncate,
  mkdir: (path) => fs.promises.mkdir(path, { recursive: true }),
  readdir: (path) => fs.promises.readdir(path),
  lstat: (path) => fs.promises.lstat(path),
  utimes: (path, seconds) => fs.promises.utimes(path, seconds, seconds),
};

const fsync = promisify(fs.fsync);
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_WRONLY, O_CREAT, O_EXCL } = fs.constants;

function failure(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code, path });
}

const isMissing = (error: unknown): boolean => {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
};

/** `root` is the absolute path of `shared/`. */
export function createDisk(root: string, isNetwork: boolean): Disk {
  const calls = isNetwork ? NETWORK : LOCAL;
  const at = (path: string): string => {
    if (path.startsWith('/') || path.split('/').includes('..')) throw failure('EINVAL', path);
    return path === '' ? root : `${root}/${path}`;
  };

  /** O_NONBLOCK: opening a named pipe that somebody left in a lane must not hang. */
  const openRegular = async (path: string): Promise<{ fd: number; size: number } | null> => {
    let fd: number;
    try {
      fd = await calls.open(at(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
    const stat = await calls.fstat(fd);
    if (stat.isFile()) return { fd, size: stat.size };
    await calls.close(fd);
    throw failure('ELOOP', path);
  };

  const readRange = async (
    path: string,
    offset: number,
    length: number,
    sizeMax = Number.POSITIVE_INFINITY,
  ): Promise<string | null> => {
    const file = await openRegular(path);
    if (file === null) return null;
    try {
      if (file.size > sizeMax) throw failure('EFBIG', path);
      const wanted = Math.max(0, Math.min(length, file.size - offset));
      const buffer = Buffer.allocUnsafe(wanted);
      let filled = 0;
      while (filled < wanted) {
        const got = await calls.read(file.fd, buffer, filled, wanted - filled, offset + filled);
        if (got === 0) break;
        filled += got;
      }
      return buffer.toString('utf8', 0, filled);
    } finally {
      await calls.close(file.fd);
    }
  };

  return {
    readRange: (path, offset, length) => readRange(path, offset, length),
    read: (path, bytesMax) => readRange(path, 0, bytesMax, bytesMax),
    async create(path, text, sync) {
      const fd = await calls.open(at(path), O_WRONLY | O_CREAT | O_EXCL);
      try {
        await calls.write(fd, text);
        if (sync) await fsync(fd);
      } finally {
        await calls.close(fd);
      }
    },
    async append(path, text) {
      const fd = await calls.open(at(path), 'a');
      try {
        await calls.write(fd, text);
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
    mkdir: async (path) => void (await calls.mkdir(at(path))),
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
        const stat = await calls.lstat(at(path));
        const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other';
        const { size, ino: inode, nlink: links, mtimeMs: modifiedMs } = stat;
        return { kind, size, inode, links, modifiedMs };
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
    async syncDirectory(path) {
      const fd = await calls.open(at(path), O_RDONLY);
      try {
        await fsync(fd);
      } finally {
        await calls.close(fd);
      }
    },
    async touch(path) {
      try {
        await calls.utimes(at(path), Date.now() / 1000);
      } catch (error) {
        if (!isMissing(error)) throw error;
        await calls.close(await calls.open(at(path), 'a'));
      }
    },
    absolute: at,
  };
}
