// Which batches `tutti gc` takes: closed ones only, old enough, and none that an open batch builds on.
import { realClock } from '../../agents/process/clock.ts';
import { batchPath, INBOX, privatePath } from '../../agents/protocol/layout.ts';
import type { Verdict } from '../../agents/protocol/words.ts';
import { listInbox, readBatch } from '../../agents/store/inbox.ts';
import { listBatches, readSummary } from '../../agents/store/picture/batches.ts';
import type { BatchPlace } from '../../agents/store/picture/batches.ts';
import type { Store } from '../../agents/store/store.ts';
import type { Shared } from '../context.ts';

export interface Garbage extends BatchPlace {
  readonly verdict: Verdict;
}

export interface GarbageRules {
  /** Since the end of the batch, in ms. Days of difference between clocks do not matter here. */
  readonly olderThan: number;
  readonly keep: number;
}

/** The oldest first. */
export async function findGarbage(
  { store }: Shared,
  { olderThan, keep }: GarbageRules,
): Promise<Garbage[]> {
  const { disk } = store;
  const nowMs = realClock.wall().getTime();
  const places = await listBatches(disk);
  const open = new Set<string>();
  for (const { batch } of places) {
    if ((await disk.stat(privatePath(batch))) !== null) open.add(batch);
  }
  const needed = await resumedBy(
    store,
    places.filter(({ batch }) => open.has(batch)),
  );
  const seen = new Map<string, number>();
  const garbage: Garbage[] = [];
  for (const place of places.toReversed()) {
    const newer = seen.get(place.plan) ?? 0;
    seen.set(place.plan, newer + 1);
    if (newer < keep || open.has(place.batch) || needed.has(place.batch)) continue;
    const read = await readSummary(disk, place);
    if (read.is !== 'ok') continue;
    const { verdict, finished_at: end } = read.value;
    if (nowMs - Date.parse(end) >= olderThan) garbage.push({ ...place, verdict });
  }
  return garbage.toReversed();
}

/** Batches whose completed tasks an open or a submitted batch takes over. */
async function resumedBy(store: Store, open: readonly BatchPlace[]): Promise<Set<string>> {
  const folders = open.map(({ plan, batch }) => batchPath(plan, batch));
  const inbox = (await listInbox(store)).batches.map((batch) => `${INBOX}/${batch}`);
  const needed = new Set<string>();
  for (const folder of [...folders, ...inbox]) {
    const read = await readBatch(store, folder);
    if (read.is === 'ok' && read.value.resume_of !== undefined) needed.add(read.value.resume_of);
  }
  return needed;
}
