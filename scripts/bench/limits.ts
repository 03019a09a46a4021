// What this machine and this file system can do at best, measured in the same run: every figure of tutti
// is also a ratio to one of these.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { realClock } from '../../agents/process/clock.ts';
import { createDisk } from '../../agents/store/real-disk.ts';
import type { Disk } from '../../agents/store/disk.ts';
import { timeOf } from './children.ts';
import type { Bench } from './bench.ts';
import { rowOf } from './sample.ts';
import type { Row } from './sample.ts';

const RENAMES = 2000;
const FSYNCS = 50;
const STARTS = 2000;

async function perSecond(count: number, step: (index: number) => Promise<void>): Promise<number> {
  const startedMs = realClock.monotonicMs();
  for (let index = 0; index < count; index++) await step(index);
  return (1000 * count) / (realClock.monotonicMs() - startedMs);
}

/** Process starts per second of `xargs` with as many slots as tutti has. */
export const xargsRate = async ({ slots }: Pick<Bench, 'slots'>, count = STARTS): Promise<number> =>
  (1000 * count) / (await timeOf(`seq ${count} | xargs -P${slots} -n1 true`));

export const XARGS = ({ slots }: Pick<Bench, 'slots'>): string => `xargs -P${slots}`;

export async function measureLimits(bench: Bench): Promise<Row[]> {
  const ground = await bench.openGround();
  const rates = { renames: [], creates: [], fsyncs: [], starts: [] } as Record<string, number[]>;
  try {
    for (let run = 0; run < bench.runs; run++) {
      const folder = join(ground.path, `run-${run}`);
      await mkdir(join(folder, 'from'), { recursive: true });
      await mkdir(join(folder, 'to'));
      const disk = createDisk(folder, false);
      rates['creates']!.push(await createAndRename(disk));
      rates['renames']!.push(
        await perSecond(RENAMES, (index) => disk.rename(`to/${index}`, `from/${index}`)),
      );
      rates['fsyncs']!.push(
        await perSecond(FSYNCS, (index) => disk.create(`from/synced-${index}`, 'x', true)),
      );
      rates['starts']!.push(await xargsRate(bench));
    }
  } finally {
    await ground.close();
  }
  const row = (what: string, values: readonly number[]): Row =>
    rowOf({ scenario: 'limit', what, unit: '/s', values });
  return [
    row('rename', rates['renames']!),
    row('create and rename', rates['creates']!),
    row('create and fsync', rates['fsyncs']!),
    row(`process starts, ${XARGS(bench)}`, rates['starts']!),
  ];
}

const createAndRename = (disk: Disk): Promise<number> =>
  perSecond(RENAMES, async (index) => {
    await disk.create(`from/${index}`, 'x', false);
    await disk.rename(`from/${index}`, `to/${index}`);
  });
