// Where a soak takes place: a small file system of its own, which it may fill and remount, or directories
// that somebody names, which it may not.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statfsSync, unlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { tmpdir } from 'node:os';

export interface Field {
  /** shared/ as the brain sees it. */
  readonly shared: string;
  /** The same through the mounts of the agents. */
  readonly views: readonly string[];
  readonly fileSystem: string;
  /** Null: it is not ours to fill or to remount, or mounting is not permitted; `reason` says which. */
  readonly own: OwnMount | null;
  readonly reason: string;
  close(): void;
}

export interface OwnMount {
  fill(): Promise<void>;
  empty(): void;
  /** Answers whether it came to pass: it does not while a file is open for writing. */
  remount(mode: 'ro' | 'rw'): boolean;
}

const PREFIX = 'tutti-soak-';
const CHUNK = Buffer.alloc(1_048_576, 'x');

/** `mounts`: one directory through several mounts; the first is the brain's. */
export function openNamed(mounts: readonly string[]): Field {
  const folder = realpathSync(mkdtempSync(join(mounts[0]!, PREFIX)));
  const seen = (mount: string): string => join(realpathSync(mount), basename(folder), 'shared');
  const shared = join(folder, 'shared');
  mkdirSync(shared);
  return {
    shared,
    views: mounts.slice(1).map(seen),
    fileSystem: execFileSync('stat', ['-f', '-c', '%T', shared], { encoding: 'utf8' }).trim(),
    own: null,
    reason: 'the directory was named by --dir or --mounts and may hold what others need',
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function openOwn(sizeMib: number): Field {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), PREFIX)));
  try {
    const options = `size=${sizeMib}m,mode=755`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    rmSync(folder, { recursive: true });
    const reason = `mounting is not permitted here: ${(error as Error).message.trim()}`;
    return { ...openNamed([tmpdir()]), reason };
  }
  mkdirSync(join(folder, 'shared'));
  return {
    shared: join(folder, 'shared'),
    views: [],
    fileSystem: `tmpfs of ${sizeMib} MiB`,
    own: ownMount(folder),
    reason: '',
    close() {
      execFileSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

function ownMount(folder: string): OwnMount {
  const filler = join(folder, 'filler');
  return {
    async fill() {
      const file = await open(filler, 'a');
      try {
        for (let bytes = CHUNK.length; bytes >= 64; bytes >>= 2) {
          await fillWith(file.write.bind(file), CHUNK.subarray(0, bytes));
        }
      } finally {
        await file.close();
      }
    },
    empty: () => unlinkSync(filler),
    remount(mode) {
      try {
        execFileSync('mount', ['-o', `remount,${mode}`, folder], { stdio: 'pipe' });
        return true;
      } catch (error) {
        if (mode === 'rw') throw error;
        return false;
      }
    },
  };
}

async function fillWith(write: (piece: Buffer) => Promise<unknown>, piece: Buffer): Promise<void> {
  try {
    for (;;) await write(piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

/** The share of it that is free, 0 to 1. */
export function freeShare(path: string): number {
  const { bavail, blocks } = statfsSync(path);
  return bavail / blocks;
}
