// Where a scenario runs: a directory on a file system that nothing was ever deleted from. Masses of
// deleted files slow the creates of ext4 for minutes, so every scenario gets a new image, mounted by loop
// where that is possible (root), else a new directory in tmpfs, or in the directory that was named.
import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../../agents/process/clock.ts';
import { output } from './children.ts';

export interface Ground {
  /** For the head of the results: `ext4, loop-mounted`. */
  readonly kind: string;
  readonly path: string;
  close(): Promise<void>;
}

/** Sparse: a hundred thousand tasks need four files each, and the blocks for them. */
const IMAGE_SIZE = '12G';
const INODES = 1_500_000;
const BUSY_TRIES = 30;
const BUSY_WAIT_MS = 100;
const MEMORY = '/dev/shm';
const EXT4 = 0xef53;
const TMPFS = 0x01021994;

/** `place`: a directory named by the caller, or null for the best there is. */
export async function openGround(place: string | null): Promise<Ground> {
  if (place !== null) return openPlain(place);
  return (await openImage()) ?? openPlain(MEMORY);
}

async function openPlain(parent: string): Promise<Ground> {
  await mkdir(parent, { recursive: true });
  const path = await mkdtemp(join(parent, 'tutti-bench-'));
  const { type } = await statfs(path);
  const name = type === EXT4 ? 'ext4' : type === TMPFS ? 'tmpfs' : `type 0x${type.toString(16)}`;
  return {
    kind: parent === MEMORY ? 'tmpfs (no loop mount possible)' : `${name}, ${parent}`,
    path,
    close: () => rm(path, { recursive: true, force: true }),
  };
}

/** Null where this process may not mount. */
async function openImage(): Promise<Ground | null> {
  const home = await mkdtemp(join(tmpdir(), 'tutti-bench-'));
  const image = join(home, 'image');
  const path = join(home, 'mount');
  const forget = (): Promise<void> => rm(home, { recursive: true, force: true });
  try {
    await mkdir(path);
    await output('truncate', ['-s', IMAGE_SIZE, image]);
    await output('mkfs.ext4', ['-q', '-F', '-N', String(INODES), image]);
    // Without it the kernel writes inode tables behind the back of the first scenario.
    await output('mount', ['-o', 'loop,noinit_itable', image, path]);
  } catch {
    await forget();
    return null;
  }
  return {
    kind: 'ext4, a fresh loop-mounted image per scenario',
    path,
    async close() {
      await unmount(path);
      await forget();
    },
  };
}

/** A daemon that was told to end may still be there for a moment. */
async function unmount(path: string): Promise<void> {
  for (let tries = 0; tries < BUSY_TRIES; tries++) {
    const isGone = await output('umount', [path]).then(
      () => true,
      () => false,
    );
    if (isGone) return;
    await realClock.sleep(BUSY_WAIT_MS);
  }
  await output('umount', ['--lazy', path]);
}
