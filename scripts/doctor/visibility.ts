// How long it takes until one process sees what the other one changed, in each way in which tutti looks.
// No clocks are compared: the first process takes the time from before its change until after the answer.
import { realClock } from '../../agents/process/clock.ts';
import { openDoorbell } from '../../agents/store/doorbell.ts';
import { listFresh, publish } from '../../agents/store/store.ts';
import { ask, until } from './meeting.ts';
import type { Meeting } from './meeting.ts';

/** A name that was looked for before, a listing, a name that went away, attributes, and content. */
export const KINDS = ['name', 'listing', 'removal', 'attributes', 'content'] as const;
export type Kind = (typeof KINDS)[number];

export interface Visibility {
  readonly delayMs: Readonly<Record<Kind, number>>;
  readonly hasEvents: boolean;
}

const ROUNDS = 2;
const EVENT_GRACE_MS = 1000;
const TEXT_BYTES_MAX = 100;

const placeOf = (folder: string, round: number): string => `${folder}/watched-${round}`;

export async function measureVisibility(meeting: Meeting): Promise<Visibility> {
  const delayMs: Record<Kind, number> = {
    name: 0,
    listing: 0,
    removal: 0,
    attributes: 0,
    content: 0,
  };
  let events = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const seenMs = await changeAndWait(meeting, round);
    for (const kind of KINDS) delayMs[kind] = Math.max(delayMs[kind], Math.round(seenMs[kind]));
    if ((await ask(meeting, { do: 'watched' }).answer) === true) events += 1;
  }
  return { delayMs, hasEvents: events === ROUNDS };
}

async function changeAndWait(meeting: Meeting, round: number): Promise<Record<Kind, number>> {
  const { store, folder } = meeting;
  const { disk } = store;
  const place = placeOf(folder, round);
  await disk.mkdir(place);
  for (const name of ['removal', 'attributes', 'content', 'bell']) {
    await disk.create(`${place}/${name}`, 'old', false);
  }
  await ask(meeting, { do: 'watch', round }).answer;
  const startMs = realClock.monotonicMs();
  await disk.create(`${place}/name`, '', false);
  await disk.unlink(`${place}/removal`);
  await disk.append(`${place}/attributes`, ', and new');
  await publish(store, `${place}/content`, 'new');
  await disk.touch(`${place}/bell`);
  const seenMs: Partial<Record<Kind, number>> = {};
  await until(meeting, 'word that its changes were seen', async () => {
    for (const name of await listFresh(store, `${folder}/seen`)) {
      const kind = KINDS.find((one) => name === `${round}.${one}`);
      if (kind !== undefined) seenMs[kind] ??= realClock.monotonicMs() - startMs;
    }
    return KINDS.every((kind) => seenMs[kind] !== undefined) ? true : null;
  });
  return seenMs as Record<Kind, number>;
}

export interface Watch {
  /** Resolves to whether an event came, once everything was seen. */
  readonly hasEvent: Promise<boolean>;
}

/** The other side: looks until it has seen each change, and says so at once. */
export async function watchChanges(meeting: Meeting, round: number): Promise<Watch> {
  const { store, folder } = meeting;
  const { disk } = store;
  const place = placeOf(folder, round);
  const looks: Readonly<Record<Kind, () => Promise<boolean>>> = {
    name: async () => (await disk.stat(`${place}/name`)) !== null,
    listing: async () => (await disk.list(place))?.includes('name') === true,
    removal: async () => (await disk.stat(`${place}/removal`)) === null,
    attributes: async () => ((await disk.stat(`${place}/attributes`))?.size ?? 0) > 3,
    content: async () => (await disk.read(`${place}/content`, TEXT_BYTES_MAX)) === 'new',
  };
  // Everything is seen as it was first, so that it may be remembered.
  await until(meeting, `${place}/bell`, async () =>
    (await disk.stat(`${place}/bell`)) === null ? null : true,
  );
  for (const kind of KINDS) await looks[kind]();
  const path = disk.absolute(`${place}/bell`);
  const bell = openDoorbell([{ path, isNetwork: false, pollIntervalMs: 1000 }], realClock);
  let hasRung = false;
  // The watcher is at work a moment after it was opened, and may ring for itself.
  await bell.wait(300);
  const hearing = bell.wait(2 ** 30).then(() => (hasRung = true));
  const listen = async (): Promise<boolean> => {
    try {
      await seeAll(meeting, round, looks);
      await Promise.race([hearing, realClock.sleep(EVENT_GRACE_MS)]);
      return hasRung;
    } finally {
      await bell.close();
    }
  };
  const hasEvent = listen();
  hasEvent.catch(() => undefined);
  return { hasEvent };
}

async function seeAll(
  meeting: Meeting,
  round: number,
  looks: Readonly<Record<Kind, () => Promise<boolean>>>,
): Promise<void> {
  const { store, folder } = meeting;
  let left: readonly Kind[] = KINDS;
  await until(meeting, 'changes of the other process', async () => {
    const unseen: Kind[] = [];
    for (const kind of left) {
      if (await looks[kind]())
        await store.disk.create(`${folder}/seen/${round}.${kind}`, '', false);
      else unseen.push(kind);
    }
    left = unseen;
    return left.length === 0 ? true : null;
  });
}
