// Takes closed batches out of the way. The final lanes go into the batch's folder first, and then the
// folder moves: after a crash between two steps the batch is still closed, and the same call ends the
// work. Deleting is moving to a trash folder, so that nobody ever sees half a batch.
import fs from 'node:fs';
import {
  archivedPrivatePath,
  batchPath,
  completePath,
  failedPath,
  planPath,
} from '../protocol/layout.ts';
import { INBOX_STAGING } from './inbox.ts';
import type { BatchPlace } from './picture/batches.ts';
import { move } from './store.ts';
import type { Store } from './store.ts';

export const archivePath = ({ plan, batch }: BatchPlace): string =>
  `${planPath(plan)}/archive/${batch}`;

async function gatherLanes(store: Store, place: BatchPlace): Promise<void> {
  const rest = archivedPrivatePath(place.plan, place.batch);
  await store.disk.mkdir(rest);
  for (const [lane, name] of [
    [completePath(place.batch), 'complete'],
    [failedPath(place.batch), 'failed'],
  ] as const) {
    if ((await store.disk.stat(lane)) !== null) await move(store, lane, `${rest}/${name}`);
  }
}

/** To `plans/<plan>/archive/<batch>`, with everything that is known of it. */
export async function archiveBatch(store: Store, place: BatchPlace): Promise<void> {
  await gatherLanes(store, place);
  await store.disk.mkdir(`${planPath(place.plan)}/archive`);
  await move(store, batchPath(place.plan, place.batch), archivePath(place));
}

const TRASH = `${INBOX_STAGING}/trash`;

export async function deleteBatch(store: Store, place: BatchPlace): Promise<void> {
  await gatherLanes(store, place);
  await store.disk.mkdir(TRASH);
  await move(store, batchPath(place.plan, place.batch), `${TRASH}/${place.batch}`);
}

/** Frees the space of everything that was deleted, now or by an earlier call that was interrupted. */
export async function emptyTrash(store: Store): Promise<void> {
  await fs.promises.rm(store.disk.absolute(TRASH), { recursive: true, force: true });
}
