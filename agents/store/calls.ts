// The system calls behind the Disk of production, twice. On a local file system every call is
// synchronous: a rename costs microseconds there, the trip through the thread pool several times that. On
// a network file system every call goes through the pool, because a server that does not answer must not
// stop the loop that would notice it (docs/ARCHITECTURE.md, rules 5 and 7).
import fs from 'node:fs';
import { promisify } from 'node:util';

type Maybe<T> = T | Promise<T>;

export interface Calls {
  open(path: string, flags: number | string): Maybe<number>;
  fstat(fd: number): Maybe<fs.Stats>;
  read(fd: number, buffer: Buffer, offset: number, length: number, at: number): Maybe<number>;
  write(fd: number, text: string): Maybe<unknown>;
  writeAt(fd: number, bytes: Buffer, at: number): Maybe<unknown>;
  close(fd: number): Maybe<void>;
  rename(from: string, to: string): Maybe<void>;
  link(from: string, to: string): Maybe<void>;
  unlink(path: string): Maybe<void>;
  truncate(path: string, size: number): Maybe<void>;
  ftruncate(fd: number, size: number): Maybe<void>;
  mkdir(path: string): Maybe<unknown>;
  readdir(path: string): Maybe<string[]>;
  lstat(path: string): Maybe<fs.Stats>;
  utimes(path: string, at: Date): Maybe<void>;
}

export const LOCAL: Calls = {
  open: (path, flags) => fs.openSync(path, flags),
  fstat: (fd) => fs.fstatSync(fd),
  read: (fd, buffer, offset, length, at) => fs.readSync(fd, buffer, offset, length, at),
  write: (fd, text) => fs.writeFileSync(fd, text),
  writeAt: (fd, bytes, at) => fs.writeSync(fd, bytes, 0, bytes.length, at),
  close: (fd) => fs.closeSync(fd),
  rename: (from, to) => fs.renameSync(from, to),
  link: (from, to) => fs.linkSync(from, to),
  unlink: (path) => fs.unlinkSync(path),
  truncate: (path, size) => fs.truncateSync(path, size),
  ftruncate: (fd, size) => fs.ftruncateSync(fd, size),
  mkdir: (path) => fs.mkdirSync(path, { recursive: true }),
  readdir: (path) => fs.readdirSync(path),
  lstat: (path) => fs.lstatSync(path),
  utimes: (path, at) => fs.utimesSync(path, at, at),
};

export const NETWORK: Calls = {
  open: promisify(fs.open),
  fstat: promisify<number, fs.Stats>(fs.fstat),
  read: async (fd, buffer, offset, length, at) =>
    (await promisify(fs.read)(fd, buffer, offset, length, at)).bytesRead,
  write: (fd, text) => promisify<number, string, void>(fs.writeFile)(fd, text),
  writeAt: (fd, bytes, at) => promisify(fs.write)(fd, bytes, 0, bytes.length, at),
  close: promisify(fs.close),
  rename: fs.promises.rename,
  link: fs.promises.link,
  unlink: fs.promises.unlink,
  truncate: fs.promises.truncate,
  ftruncate: promisify<number, number, void>(fs.ftruncate),
  mkdir: (path) => fs.promises.mkdir(path, { recursive: true }),
  readdir: (path) => fs.promises.readdir(path),
  lstat: (path) => fs.promises.lstat(path),
  utimes: (path, at) => fs.promises.utimes(path, at, at),
};
