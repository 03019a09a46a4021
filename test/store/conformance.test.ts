// One suite, every disk: both sets of system calls, a tmpfs, the memory of the simulator, and whatever
// mount a person names in TUTTI_TEST_DIR.
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withCrashPoints } from '../../agents/store/crash-points.ts';
import { createDisk } from '../../agents/store/real-disk.ts';
import { createMemoryDisk } from '../sim/memory-disk.ts';
import { MemoryTree } from '../sim/memory-tree.ts';
import { describeDisk } from './conformance/disk.ts';
import type { OpenDisk } from './conformance/disk.ts';
import { describeRealDisk } from './conformance/real-disk.ts';

const openIn = (parent: string, isNetwork: boolean) => (): Promise<OpenDisk> => {
  const root = mkdtempSync(join(parent, 'tutti-disk-'));
  const close = () => Promise.resolve(rmSync(root, { recursive: true, force: true }));
  return Promise.resolve({ disk: createDisk(root, isNetwork), close });
};

function openMemory(): Promise<OpenDisk> {
  // A clock that moves on at every look.
  let nowMs = 0;
  const tick = (): number => nowMs++;
  const disk = createMemoryDisk(new MemoryTree(tick), { nowMs: tick });
  return Promise.resolve({ disk, close: () => Promise.resolve() });
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const named = process.env['TUTTI_TEST_DIR'];

const real: readonly (readonly [name: string, parent: string, isNetwork: boolean])[] = [
  ['a local disk', tmpdir(), false],
  ['a local disk through the thread pool', tmpdir(), true],
  ...(isWritable('/dev/shm') ? [['/dev/shm', '/dev/shm', false] as const] : []),
  ...(named === undefined ? [] : [['TUTTI_TEST_DIR', named, true] as const]),
];

for (const [name, parent, isNetwork] of real) {
  describeDisk(name, openIn(parent, isNetwork));
  describeRealDisk(name, openIn(parent, isNetwork));
}

describeDisk('a disk with crash points that are never reached', async () => {
  const open = await openIn(tmpdir(), false)();
  return { ...open, disk: withCrashPoints(open.disk, { at: 'brain:0:before' }, 'brain') };
});
describeDisk('the disk of the simulator', openMemory);
