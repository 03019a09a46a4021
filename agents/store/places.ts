// Where the files of one task are: every lane is listed, with caches busted and in the order in which tasks move
// forward. It costs a look at every name of every lane, and is for what happens seldom.
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
import { completePath, failedPath, privatePath, PROCESSING, QUEUE } from '../protocol/layout.ts';
import { listFresh } from './store.ts';
import type { Store } from './store.ts';

/** One file of a task, by its lane. */
export type Place =
  | { readonly is: 'waiting'; readonly name: CompleteName }
  | { readonly is: 'complete'; readonly name: CompleteName }
  | { readonly is: 'queued'; readonly name: QueueName }
  | { readonly is: 'claimed'; readonly name: ClaimName }
  | { readonly is: 'failed'; readonly name: FailedName };

/** Every file of a task, in the order of the lanes; one that moves meanwhile may be seen twice. */
export async function placesOf(store: Store, batch: string, task: string): Promise<Place[]> {
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
