// The private tasks of a batch appear by one rename of a staged directory: with it the batch is open.
import { formatPrivate } from '../protocol/lane-name.ts';
import { privatePath } from '../protocol/layout.ts';
import { encode } from '../store/records.ts';
import { move, parentOf } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import type { Group, OpenBatch } from './model.ts';
import type { Steps } from './steps.ts';
import { taskOf } from './task-files.ts';

/** As many are made side by side: a disk that syncs each file gets them at once. */
const FILES_PER_STEP = 32;

/** False when a newer brain has taken away what was staged: then nothing may leave the inbox. */
export async function* createPrivateTasks(store: Store, open: OpenBatch): Steps<boolean> {
  const { disk, isDurable } = store;
  const target = privatePath(open.batch.id);
  if ((await disk.stat(target)) !== null) {
    // The rename of an earlier try may not be on the disk yet.
    if (isDurable) await disk.syncDirectory(parentOf(target));
    return true;
  }
  // The same place at every try: what one that failed has left there is used up by the next.
  const staged = `${store.staging}/${open.batch.id}`;
  if ((await disk.stat(staged)) === null) {
    // Made beside the staging directory and moved into it: made in it, with its parents, it would bring back
    // what a newer brain has renamed away, and this one could go on.
    const made = `${store.staging}-${open.batch.id}`;
    await disk.mkdir(made);
    if ((await move(store, made, staged)) === 'gone') return false;
  }
  const create = async ({ name, task, fixes }: Group): Promise<void> => {
    const path = `${staged}/${formatPrivate(name)}`;
    await disk.unlink(path);
    await disk.create(path, encode(taskOf(open.batch, task, fixes)), isDurable);
  };
  for (let at = 0; at < open.order.length; at += FILES_PER_STEP) {
    await allOf(open.order.slice(at, at + FILES_PER_STEP).map(create));
    yield 'writing';
  }
  if (isDurable) await disk.syncDirectory(staged);
  return (await move(store, staged, target)) === 'moved';
}

/** Waits for each, also when one fails: what goes on would spoil the next try. */
async function allOf(tasks: readonly Promise<void>[]): Promise<void> {
  for (const task of await Promise.allSettled(tasks)) {
    if (task.status === 'rejected') throw task.reason;
  }
}
