// A checker that nobody has seen fail is no checker: broken builds that the simulator must catch. Each
// breaks one promise of the store through the Disk port, for every process alike.
import { expect, it } from 'vitest';
import type { Disk } from '../../agents/store/disk.ts';
import type { FaultKind } from './faults.ts';
import { simulate } from './run.ts';

const SEEDS_MAX = 60;
const BYTES_MAX = 10_000_000;

type Mutation = (disk: Disk) => Disk;

const isLane = (path: string): boolean => path.startsWith('tasks/');

/** A move as a copy and a removal. */
const copyThenUnlink: Mutation = (disk) => ({
  ...disk,
  async rename(from, to) {
    if (!isLane(from) || !isLane(to)) return disk.rename(from, to);
    const text = await disk.read(from, BYTES_MAX);
    if (text === null) return disk.rename(from, to);
    await disk.unlink(from);
    await disk.create(to, text, true);
  },
});

/** A commit that does not care whether the claim is still its own. */
const commitWithoutFence: Mutation = (disk) => ({
  ...disk,
  async rename(from, to) {
    try {
      await disk.rename(from, to);
    } catch (error) {
      if (!from.startsWith('tasks/processing/') || !to.startsWith('tasks/complete/')) throw error;
      await disk.create(to, '{}', true);
    }
  },
});

/** Durability that is only said. */
const noSync: Mutation = (disk) => ({
  ...disk,
  create: (path, text) => disk.create(path, text, false),
  syncDirectory: () => Promise.resolve(),
});

/** Publishing in place: what dies in the middle leaves half a file where everybody reads. */
const publishInPlace: Mutation = (disk) => {
  const staged = new Map<string, string>();
  return {
    ...disk,
    async create(path, text, sync) {
      if (!path.includes('staging') && !path.includes('/tmp/'))
        return disk.create(path, text, sync);
      staged.set(path, text);
    },
    async rename(from, to) {
      const text = staged.get(from);
      if (text === undefined) return disk.rename(from, to);
      staged.delete(from);
      await disk.unlink(to);
      await disk.create(to, text, true);
    },
  };
};

it.each<[string, Mutation, FaultKind[]]>([
  ['moves that copy and unlink', copyThenUnlink, ['death']],
  ['commits without the fence', commitWithoutFence, ['stall']],
  ['no sync', noSync, ['power']],
  ['publishing in place', publishInPlace, ['death']],
])('catches %s', async (_, mutate, faults) => {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const { breaches } = await simulate({ seed, faults, mutate });
    if (breaches.length === 0) continue;
    const sound = await simulate({ seed, faults });
    expect(sound.breaches).toEqual([]);
    return;
  }
  expect.fail(`not seen within ${SEEDS_MAX} seeds`);
});
