// Where two processes meet to examine a mount: a folder with questions and answers, each a file that
// appears complete. They share nothing else, so they may be on two hosts.
import { realClock } from '../../agents/process/clock.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import type { Disk } from '../../agents/store/disk.ts';
import { createStore, listFresh, publish } from '../../agents/store/store.ts';
import type { Store } from '../../agents/store/store.ts';

export const PLACE = '.tutti-doctor';

/** `first` asks, `second` answers. */
export type Role = 'first' | 'second';

export type Question =
  | { readonly do: 'hello' }
  | { readonly do: 'race'; readonly kind: RaceKind; readonly count: number }
  | { readonly do: 'replace'; readonly count: number; readonly round: string }
  | { readonly do: 'watch'; readonly round: number }
  | { readonly do: 'watched' }
  | { readonly do: 'end' };

export type RaceKind = 'create' | 'link' | 'move';

export interface Hello {
  readonly host: string;
  readonly pid: number;
  /** The clock of the server against that of this host. */
  readonly skewMs: number;
}

export interface Meeting {
  readonly store: Store;
  readonly folder: string;
  readonly role: Role;
  readonly signal: AbortSignal;
  /** How long any one wait for the other process may take. */
  readonly patienceMs: number;
}

const POLL_MS = 3;
/** Longer than any client may believe what it saw. */
const PATIENCE_MS = 150_000;
const TEXT_BYTES_MAX = 1_048_576;

export function openMeeting(disk: Disk, folder: string, role: Role, signal: AbortSignal): Meeting {
  const store = createStore(disk, false, `${folder}/staging`, role);
  return { store, folder, role, signal, patienceMs: PATIENCE_MS };
}

/** Folders of a meeting, made by whoever asks. */
export async function prepareMeeting({ store, folder }: Meeting): Promise<void> {
  for (const name of ['staging', 'asks', 'started', 'answers', 'seen']) {
    await store.disk.mkdir(`${folder}/${name}`);
  }
}

/**
 * Looks until `look` answers something; `what` tells a person what for. Every wait of an examination is this one.
 * @throws Fault PEER_SILENT
 */
export async function until<T>(
  { signal, patienceMs }: Pick<Meeting, 'signal' | 'patienceMs'>,
  what: string,
  look: () => Promise<T | null>,
): Promise<T> {
  const endMs = realClock.monotonicMs() + patienceMs;
  for (;;) {
    signal.throwIfAborted();
    const found = await look();
    if (found !== null) return found;
    if (realClock.monotonicMs() > endMs) {
      throw new Fault('PEER_SILENT', { what, seconds: Math.round(patienceMs / 1000) });
    }
    await realClock.sleep(POLL_MS, signal);
  }
}

/** A name appears in a folder: asked for so that no cache answers. */
export const appears = (meeting: Meeting, folder: string, name: string): Promise<true> =>
  until(meeting, `${folder}/${name}`, async () => {
    const names = await listFresh(meeting.store, `${meeting.folder}/${folder}`);
    return names.includes(name) ? true : null;
  });

/** Until whoever asks has made the folder, the last part of it included. */
export const arriveAt = (meeting: Meeting): Promise<true> =>
  until(meeting, 'the folder of the meeting', async () => {
    const { store, folder } = meeting;
    // In this order: a client that once saw the folder to be absent may go on believing it.
    await listFresh(store, PLACE);
    return (await listFresh(store, folder)).includes('seen') ? true : null;
  });

export interface Asked {
  /** Resolves when the other process has begun. */
  readonly started: () => Promise<unknown>;
  readonly answer: Promise<unknown>;
}

let asked = 0;

export function ask(meeting: Meeting, question: Question): Asked {
  const { store, folder } = meeting;
  const name = `${asked++}.json`;
  const published = publish(store, `${folder}/asks/${name}`, JSON.stringify(question));
  const answer = published.then(async () => {
    await appears(meeting, 'answers', name);
    const text = await store.disk.read(`${folder}/answers/${name}`, TEXT_BYTES_MAX);
    return JSON.parse(text ?? 'null') as unknown;
  });
  // Whoever waits for one of the two only must not leave the other one's failure unheard.
  answer.catch(() => undefined);
  return { answer, started: () => published.then(() => appears(meeting, 'started', name)) };
}

/** Answers questions until `end`. `serve` calls `begin` when what was asked for is under way. */
export async function answerAll(
  meeting: Meeting,
  serve: (question: Question, begin: () => Promise<void>) => Promise<unknown>,
): Promise<void> {
  const { store, folder } = meeting;
  for (let number = 0; ; number++) {
    const name = `${number}.json`;
    await appears(meeting, 'asks', name);
    const text = await store.disk.read(`${folder}/asks/${name}`, TEXT_BYTES_MAX);
    const question = JSON.parse(text ?? 'null') as Question;
    const begin = (): Promise<void> => publish(store, `${folder}/started/${name}`, '');
    const answer = question.do === 'end' ? null : await serve(question, begin);
    await publish(store, `${folder}/answers/${name}`, JSON.stringify(answer));
    if (question.do === 'end') return;
  }
}
