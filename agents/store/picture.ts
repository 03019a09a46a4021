// Everything about a shared/ at one look: what `tutti status` shows. It reads the lanes, the heartbeats
// and the plan snapshots, so it is true without a brain; brain/state.json adds only ages and means.
// The cost is a few listings, whatever the number of tasks (test/cli/status.test.ts has 10,000).
import { BATCH_ID, SYSTEM_PLAN } from '../protocol/ids.ts';
import type { Config } from '../protocol/config.ts';
import { parseClaim, parseQueue } from '../protocol/lane-name.ts';
import { ESCALATIONS, INBOX, PRIVATE, PROCESSING, QUARANTINE, QUEUE } from '../protocol/layout.ts';
import type { BrainState } from '../protocol/state.ts';
import { readBrainState } from './brain-state.ts';
import type { Disk } from './disk.ts';
import { newestEpoch } from './epoch.ts';
import { readHeartbeats } from './heartbeats.ts';
import { listInbox, readBatch } from './inbox.ts';
import { readBatchPicture } from './picture/batch.ts';
import { byAge, findBatch, listBatches } from './picture/batches.ts';
import type { BatchPlace } from './picture/batches.ts';
import type { BatchPicture, Picture, ShortLanes } from './picture/model.ts';
import { readWaiting } from './picture/tasks.ts';
import type { Store } from './store.ts';

export async function readShortLanes(disk: Disk): Promise<ShortLanes> {
  const queue = ((await disk.list(QUEUE)) ?? []).flatMap((file) => parseQueue(file) ?? []);
  const claims = ((await disk.list(PROCESSING)) ?? []).flatMap((file) => parseClaim(file) ?? []);
  return { queue, claims };
}

export async function readPicture(store: Store, retry: Config['retry']): Promise<Picture> {
  const { disk } = store;
  const inbox = await listInbox(store);
  const state = await readBrainState(disk);
  // The brain's own wishes are looked up by name; nobody waits for their batch to end.
  const open = (await listOpen(disk)).filter(({ plan }) => plan !== SYSTEM_PLAN);
  const { batches, lanes } = await readOpenBatches(store, open, state, retry);
  return {
    epoch: await newestEpoch(store),
    state,
    agents: await readHeartbeats(store),
    lanes,
    batches: [...batches, ...(await readSubmitted(store, inbox.batches))],
    commands: inbox.commands,
    escalations: await listJson(disk, ESCALATIONS),
    quarantined: (await listJson(disk, QUARANTINE)).filter(
      (name) => !name.endsWith('.reason.json'),
    ),
  };
}

/** One batch, open or closed; null when there is no such batch. */
export async function readOneBatch(
  store: Store,
  batch: string,
  retry: Config['retry'],
): Promise<BatchPicture | null> {
  const place = await findBatch(store.disk, batch);
  if (place === null) {
    const { batches } = await listInbox(store);
    return batches.includes(batch) ? ((await readSubmitted(store, [batch]))[0] ?? null) : null;
  }
  const state = await readBrainState(store.disk);
  return (await readOpenBatches(store, [place], state, retry)).batches[0] ?? null;
}

async function readOpenBatches(
  store: Store,
  places: readonly BatchPlace[],
  state: BrainState | null,
  retry: Config['retry'],
): Promise<{ batches: BatchPicture[]; lanes: ShortLanes }> {
  const { disk } = store;
  // Lanes in the order in which tasks move: private first, the final ones last.
  const waiting = [];
  for (const place of places) waiting.push(await readWaiting(disk, place));
  const lanes = await readShortLanes(disk);
  const batches: BatchPicture[] = [];
  for (const [index, place] of places.entries()) {
    const known = state?.batches.find(({ batch }) => batch === place.batch);
    const view = { place, waiting: waiting[index]!, lanes, known, retry };
    batches.push(await readBatchPicture(store, view));
  }
  return { batches, lanes };
}

/** Every accepted batch has private tasks until it is closed: its own summary is one of them. */
async function listOpen(disk: Disk): Promise<BatchPlace[]> {
  const places: BatchPlace[] = [];
  const names = ((await disk.list(PRIVATE)) ?? []).filter((name) => BATCH_ID.test(name));
  for (const name of names) {
    const place = await findBatch(disk, name);
    if (place !== null) places.push(place);
  }
  return places.toSorted(byAge);
}

/** Ids of every batch there is, the newest first: open, closed and in the inbox. */
export async function listBatchIds(store: Store): Promise<string[]> {
  const inbox = await listInbox(store);
  const places = await listBatches(store.disk);
  return [...places.map(({ batch }) => batch), ...inbox.batches].toReversed();
}

async function readSubmitted(store: Store, ids: readonly string[]): Promise<BatchPicture[]> {
  const pictures: BatchPicture[] = [];
  for (const batch of ids) {
    const read = await readBatch(store, `${INBOX}/${batch}`);
    // Accepted since it was listed: the next look shows it among the open ones.
    if (read.is === 'missing') continue;
    const plan = read.is === 'ok' ? read.value.plan : batch;
    const problem = read.is === 'ok' ? null : read.problem;
    const empty = { groups: [], tasks: [], goal: null, elapsedMs: null };
    pictures.push({ batch, plan, state: 'submitted', ...empty, problem });
  }
  return pictures;
}

async function listJson(disk: Disk, path: string): Promise<string[]> {
  return ((await disk.list(path)) ?? []).filter((name) => /^[^.].*\.json$/.test(name)).toSorted();
}
