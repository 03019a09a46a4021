// Where a task is when its file is not where the model has it: a move that succeeded although it reported
// a failure, an older brain's last move, a record that is gone. Every lane is listed, with caches busted
// and in the order in which tasks move; only a name that is there changes the model.
import {
  parseClaim,
  parseComplete,
  parseFailed,
  parsePrivate,
  parseQueue,
} from '../protocol/lane-name.ts';
import type {
  ClaimName,
  CompleteName,
  Counts,
  FailedName,
  QueueName,
} from '../protocol/lane-name.ts';
import {
  completePath,
  failedPath,
  privatePath,
  PROCESSING,
  QUARANTINE,
  QUEUE,
} from '../protocol/layout.ts';
import { readAttempt } from '../store/attempts.ts';
import { listFresh } from '../store/store.ts';
import type { Effects } from './effects.ts';
import { COMPLETE, taskKey, WAITING } from './model.ts';
import type { Located, OpenBatch } from './model.ts';
import { setState } from './progress.ts';
import { countAccepted, failedState } from './record.ts';

type Place =
  | { readonly is: 'waiting'; readonly name: CompleteName }
  | { readonly is: 'complete'; readonly name: CompleteName }
  | { readonly is: 'queued'; readonly name: QueueName }
  | { readonly is: 'claimed'; readonly name: ClaimName }
  | { readonly is: 'failed'; readonly name: FailedName };

/** Answers whether the task was found; the model then says where. */
export async function search(
  effects: Effects,
  open: OpenBatch,
  located: Located,
): Promise<boolean> {
  const { id: batch } = open.batch;
  const { entry } = located;
  const found = await placesOf(effects, batch, entry.id);
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

async function placesOf({ store }: Effects, batch: string, task: string): Promise<Place[]> {
  const isIt = (name: { readonly task: string; readonly batch?: string }): boolean =>
    name.task === task && (name.batch ?? batch) === batch;
  const list = async <Name extends { readonly task: string; readonly counts: Counts }>(
    path: string,
    parse: (file: string) => Name | null,
  ): Promise<Name[]> =>
    (await listFresh(store, path))
      .map(parse)
      .filter((name): name is Name => name !== null && isIt(name));
  return [
    ...(await list(privatePath(batch), parsePrivate)).map(
      (name) => ({ is: 'waiting', name }) as const,
    ),
    ...(await list(QUEUE, parseQueue)).map((name) => ({ is: 'queued', name }) as const),
    ...(await list(PROCESSING, parseClaim)).map((name) => ({ is: 'claimed', name }) as const),
    ...(await list(completePath(batch), parseComplete)).map(
      (name) => ({ is: 'complete', name }) as const,
    ),
    ...(await list(failedPath(batch), parseFailed)).map(
      (name) => ({ is: 'failed', name }) as const,
    ),
  ];
}

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
