// A shared directory on a real disk for one test, and disks that misbehave in one call.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { DIRECTORIES } from '../../agents/protocol/layout.ts';
import type { Disk } from '../../agents/store/disk.ts';
import { createDisk } from '../../agents/store/real-disk.ts';
import { createStore } from '../../agents/store/store.ts';
import type { Store } from '../../agents/store/store.ts';

export interface Stage {
  /** Absolute path of the shared directory. */
  readonly root: string;
  readonly disk: Disk;
  readonly store: Store;
  /** A store of another process; `changes` replace calls of its disk. */
  readonly storeOver: (changes: Partial<Disk>, isDurable?: boolean) => Store;
}

const STAGING = 'brain/staging/boot';

/** Fresh for each test. */
export function setStage(): () => Stage {
  let stage: Stage;
  beforeEach(() => {
    const root = mkdtempSync(join(tmpdir(), 'tutti-store-'));
    for (const path of [...DIRECTORIES, STAGING]) mkdirSync(join(root, path), { recursive: true });
    const disk = createDisk(root, false);
    let stores = 0;
    const storeOver = (changes: Partial<Disk>, isDurable = false): Store =>
      createStore({ ...disk, ...changes }, isDurable, STAGING, `t${stores++}`);
    stage = { root, disk, store: storeOver({}), storeOver };
  });
  afterEach(() => rmSync(stage.root, { recursive: true, force: true }));
  return () => stage;
}

export const errno = (code: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${code}: by the test`), { code });

/** A call that fails with `code`, before or after `effect` took place. */
export async function failing(
  code: string,
  effect: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await effect();
  throw errno(code);
}

/** Notes every change of a name and every sync, in order. */
export function witness(disk: Disk, seen: string[]): Partial<Disk> {
  return {
    create(path, text, sync) {
      seen.push(sync ? 'create synced' : 'create');
      return disk.create(path, text, sync);
    },
    rename(from, to) {
      seen.push(`rename to ${to}`);
      return disk.rename(from, to);
    },
    link(from, to) {
      seen.push(`link ${to}`);
      return disk.link(from, to);
    },
    syncDirectory(path) {
      seen.push(`sync ${path}`);
      return disk.syncDirectory(path);
    },
  };
}
