// The fence between brains. Every start of a brain creates the next epoch file, once, and then takes
// over the staging directory of the one before: an older brain that wakes up finds nowhere to publish
// new tasks from, and stops as soon as it sees the newer epoch.
import { epochSchema } from '../protocol/epoch.ts';
import type { EpochHolder } from '../protocol/epoch.ts';
import { EPOCHS, STAGING } from '../protocol/layout.ts';
import { encode, readRecord } from './records.ts';
import { createStore, listFresh, move, publishOnce } from './store.ts';
import type { Store } from './store.ts';

const format = (epoch: number): string => `${String(epoch).padStart(8, '0')}.json`;

export async function newestEpoch(store: Store): Promise<number> {
  const names = (await store.disk.list(EPOCHS)) ?? [];
  return names.reduce((newest, name) => {
    const match = /^(\d{8})\.json$/.exec(name);
    return match === null ? newest : Math.max(newest, Number(match[1]));
  }, 0);
}

/** Who started the newest epoch; null when there is none or its file is damaged. */
export async function readNewestHolder(store: Store): Promise<EpochHolder | null> {
  const path = `${EPOCHS}/${format(await newestEpoch(store))}`;
  const read = await readRecord(store.disk, path, epochSchema);
  return read.is === 'ok' ? read.value : null;
}

/** Answers the new epoch and a store that publishes from its staging directory. */
export async function openEpoch(
  bootstrap: Store,
  holder: EpochHolder,
): Promise<{ readonly epoch: number; readonly store: Store }> {
  const { disk, isDurable } = bootstrap;
  await listFresh(bootstrap, EPOCHS);
  let epoch = await newestEpoch(bootstrap);
  let isMine = false;
  while (!isMine) {
    epoch += 1;
    const record = { v: 1, epoch, ...holder };
    isMine = await publishOnce(bootstrap, `${EPOCHS}/${format(epoch)}`, encode(record));
  }
  const staging = `${STAGING}/e${epoch}`;
  await takeOver(bootstrap, epoch, staging);
  return { epoch, store: createStore(disk, isDurable, staging, `e${epoch}`) };
}

/**
 * Renames the directories of older brains away; what lies in them was never published. A brain that was
 * slow between its epoch and this step leaves a newer one alone, and its first turn ends it.
 */
async function takeOver(bootstrap: Store, epoch: number, staging: string): Promise<void> {
  const { disk } = bootstrap;
  const older = (await listFresh(bootstrap, STAGING)).filter((name) => {
    const number = /^e(\d+)$/.exec(name)?.[1];
    return number !== undefined && Number(number) < epoch;
  });
  for (const name of older) await move(bootstrap, `${STAGING}/${name}`, `${STAGING}/gone-${name}`);
  await disk.mkdir(staging);
}
