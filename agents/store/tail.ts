// Follows a growing file as bytes: a log may hold anything, so nothing is decoded here. The writer may
// rotate the file away (another inode appears under the path) or cut it (its size shrinks); the
// reader finishes the old one and goes on with what is there.
import fs from 'node:fs';
import type { Disk } from './disk.ts';

export interface TailOptions {
  /** Where to begin. */
  readonly offset: number;
  /** Called at the end of what is there: resolves when it is time to look again, to false to end. */
  readonly more: () => Promise<boolean>;
}

const CHUNK_BYTES = 65_536;
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** Yields chunks of `path`, which need not exist yet. */
export async function* tail(
  disk: Disk,
  path: string,
  options: TailOptions,
): AsyncGenerator<Buffer> {
  const absolute = disk.absolute(path);
  let { offset } = options;
  let fd: number | null = null;
  try {
    for (;;) {
      fd ??= open(absolute);
      if (fd !== null) {
        const { size } = fs.fstatSync(fd);
        if (size < offset) offset = size;
        for (;;) {
          const chunk = readAt(fd, offset);
          if (chunk === null) break;
          offset += chunk.length;
          yield chunk;
        }
        const current = await disk.stat(path);
        // The new file is opened at once: what the old one still got between the two reads is read first.
        if (current !== null && current.inode !== fs.fstatSync(fd).ino) {
          for (let rest = readAt(fd, offset); rest !== null; rest = readAt(fd, offset)) {
            offset += rest.length;
            yield rest;
          }
          fs.closeSync(fd);
          fd = null;
          offset = 0;
          continue;
        }
      }
      if (!(await options.more())) return;
    }
  } finally {
    if (fd !== null) fs.closeSync(fd);
  }
}

function open(path: string): number | null {
  try {
    return fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function readAt(fd: number, offset: number): Buffer | null {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const length = fs.readSync(fd, chunk, 0, CHUNK_BYTES, offset);
  return length === 0 ? null : chunk.subarray(0, length);
}
