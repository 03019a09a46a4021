// The Disk port: the dozen file operations that the store is made of. Everything that touches
// `shared/` goes through it; the simulator puts an in-memory disk here and crash tests wrap it.
//
// Paths are relative to `shared/`, use `/`, and never leave it. Errors are Node's errno exceptions
// (`errnoOf` names them: ENOENT, EEXIST, ENOSPC, …); the two answers that are no error are values.
import { errnoOf } from '../protocol/errno.ts';

export interface FileStat {
  readonly kind: 'file' | 'directory' | 'other';
  readonly size: number;
  readonly inode: number;
  readonly links: number;
  readonly modifiedMs: number;
}

export interface Cut {
  readonly headBytes: number;
  readonly tailBytes: number;
  readonly note: (bytes: number) => string;
}

export interface Disk {
  /** The whole file as UTF-8; null when there is none. A symbolic link is refused with ELOOP, more than `bytesMax` with EFBIG. */
  read(path: string, bytesMax: number): Promise<string | null>;
  /** `length` bytes from `offset` as UTF-8 (less at the end of the file); null when there is none. */
  readRange(path: string, offset: number, length: number): Promise<string | null>;
  /** Creates a file that does not exist yet (EEXIST otherwise). With `sync` its bytes are on the disk when this resolves. */
  create(path: string, text: string, sync: boolean): Promise<void>;
  /** Appends in one write; creates the file when it is not there. Answers how many bytes the file has then. */
  append(path: string, text: string): Promise<number>;
  /** Replaces its target silently: only to unique names. */
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file; EEXIST when the name is taken. */
  link(from: string, to: string): Promise<void>;
  /** Removes a name; not there is fine. */
  unlink(path: string): Promise<void>;
  /** Cuts a file to `size` bytes. */
  truncate(path: string, size: number): Promise<void>;
  /**
   * Takes the middle out of a file that others may append to meanwhile: `headBytes` stay, then comes
   * `note`, then what was the end, at least `tailBytes` of it. Answers the bytes taken out; 0, and
   * nothing is done, when the file is too short for that.
   */
  excise(path: string, cut: Cut): Promise<number>;
  /** With all parents; there already is fine. */
  mkdir(path: string): Promise<void>;
  /** Names in a directory, unsorted; null when there is none. No snapshot: concurrent renames may show twice or not at all. */
  list(path: string): Promise<readonly string[] | null>;
  /** Without following links; null when there is nothing. */
  stat(path: string): Promise<FileStat | null>;
  /** Makes renames into the directory durable. */
  syncDirectory(path: string): Promise<void>;
  /** Sets the times to now and creates the file when it is not there: rings a bell. */
  touch(path: string): Promise<void>;
  /** Where `path` is on this host, for child processes. */
  absolute(path: string): string;
}

/** There is nothing at that path. */
export const isMissing = (error: unknown): boolean => {
  const code = errnoOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
};
