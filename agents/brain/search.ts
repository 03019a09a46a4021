// Where a task is when its file is not where the model has it: a move that succeeded although it reported
// a failure, an older brain's last move, a record that is gone. Only a name that is there changes the model.
import { parseQueue } from '../protocol/lane-name.ts';
import { QUARANTINE } from '../protocol/layout.ts';
import { readAttempt } from '../store/attempts.ts';
import { placesOf } from '../store/places.ts';
import type { Place } from '../store/places.ts';
import { listFresh } from '../store/store.ts';
import type { Effects } from './effects.ts';
import { COMPLETE, taskKey, WAITING } from './model.ts';
import type { Located, OpenBatch } from './model.ts';
import { setState } from './progress.ts';
import { countAccepted, failedState } from './record.ts';

/** Answers whether the task was found; the model then says where. */
export async function search(
  effects: Effects,
  open: OpenBatch,
  located: Located,
): Promise<boolean> {
  const { id: batch } = open.batch;
  const { entry } = located;
  const found = await placesOf(effects.store, batch, entry.id);
  const places = found.length > 0 ? found : await damagedOf(effects, batch, entry.id);
  // The last of the highest attempt: a task that moved while it was looked for is found twice.
  const place = places.reduce<Place | null>(
    (best, next) => (best !== null && attemptOf(best) > attemptOf(next) ? best : next),
    null,
  );
  const task = taskKey(batch, entry.id);
  if (place === null) return false;
  effects.log.warn({ task, was: entry.state.is, is: place.is }, 'found where it was not expected');
  await take(effects, open, located, place);
  return true;
}

const attemptOf = ({ name }: Place): number => name.counts.attempt;

/** In quarantine it counts as released: the next look finds it there and has it written anew. */
async function damagedOf({ store }: Effects, batch: string, task: string): Promise<Place[]> {
  const names = (await listFresh(store, QUARANTINE)).flatMap((file) => parseQueue(file) ?? []);
  return names
    .filter((name) => name.batch === batch && name.task === task)
    .map((name) => ({ is: 'queued', name }));
}

async function take(
  effects: Effects,
  open: OpenBatch,
  { group, entry }: Located,
  place: Place,
): Promise<void> {
  const { store, clock, policy } = effects;
  const { id: batch, plan } = open.batch;
  const { counts } = place.name;
  if (place.is === 'queued' || place.is === 'claimed') {
    return setState(open, group, entry, place);
  }
  entry.hasFile = true;
  entry.counts = counts;
  if (place.is === 'waiting') return setState(open, group, entry, WAITING);
  const read = await readAttempt(store, plan, batch, entry.id, counts.attempt);
  const record = read.is === 'ok' ? read.value : null;
  open.attempts += 1;
  if (place.is === 'complete') {
    if (record !== null) countAccepted(open, group, record);
    return setState(open, group, entry, COMPLETE);
  }
  const nowMs = clock.monotonicMs();
  setState(open, group, entry, failedState(group, place.name, policy, nowMs, record?.agent));
}
