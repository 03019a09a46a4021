// The table of moves against the functions that make them, on a real disk: each verb takes a file from
// the lanes it may start in to the one it ends in, and answers `gone` when there is none.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  formatClaim,
  formatComplete,
  formatFailed,
  formatPrivate,
  formatQueue,
} from '../../agents/protocol/lane-name.ts';
import type { ClaimName, QueueName } from '../../agents/protocol/lane-name.ts';
import { TRANSITIONS } from '../../agents/protocol/transitions.ts';
import type { Lane, Verb } from '../../agents/protocol/transitions.ts';
import * as lanes from '../../agents/store/lanes.ts';
import { createDisk } from '../../agents/store/real-disk.ts';
import { createStore } from '../../agents/store/store.ts';
import type { Store } from '../../agents/store/store.ts';
import { pathsBelow } from '../helpers/tree.ts';

const batch = 'demo-20261121-021455-k3f9x';
const counts = { attempt: 1, failures: 0, losses: 0, notNow: 0 };
const next = { ...counts, attempt: 2 };
const at = { batch, task: 'scan', counts };
const queued: QueueName = { rank: '940000000001', taskClass: 'cpu', vram: 0, ...at };
const again: QueueName = { ...queued, counts: next };
const claimed: ClaimName = { ...queued, agent: 'cpu-1' };
const failed = { task: 'scan', counts, reason: 'failed' } as const;

const FILES: Record<Lane, string> = {
  private: `brain/private_tasks/${batch}/${formatPrivate('scan', counts)}`,
  queue: `tasks/queue/${formatQueue(queued)}`,
  processing: `tasks/processing/${formatClaim(claimed)}`,
  complete: `tasks/complete/${batch}/${formatComplete(at)}`,
  failed: `tasks/failed/${batch}/${formatFailed(failed)}`,
  quarantine: 'tasks/quarantine/scan.json',
};

type Move = (store: Store, from: Lane) => Promise<unknown>;

const MOVES: Record<Verb, Move> = {
  release: (store) => lanes.release(store, at, queued),
  claim: (store) => lanes.claim(store, queued, 'cpu-1'),
  begin: (store) => lanes.begin(store, at, claimed),
  complete: (store) => lanes.commit(store, claimed, 'complete'),
  fail: (store) => lanes.commit(store, claimed, 'failed'),
  retry: (store) => lanes.retry(store, failed, again),
  approve: (store) => lanes.approve(store, at),
  disapprove: (store) => lanes.disapprove(store, at),
  requeue: (store) => lanes.requeue(store, claimed, again),
  lose: (store) => lanes.commit(store, claimed, 'lost'),
  skip: (store, from) => settle(store, from, 'skipped'),
  cancel: (store, from) => settle(store, from, 'cancelled'),
  recall: (store) => lanes.recall(store, queued),
  revive: (store, from) => lanes.revive(store, at, from === 'failed' ? 'failed' : 'complete', next),
  close: (store) => lanes.close(store, at),
  quarantine: (store, from) => lanes.quarantine(store, FILES[from], 'scan.json', 'torn', ''),
};

/** What waits for its rating says so in its name. */
const startOf = (verb: Verb, from: Lane): string =>
  verb === 'approve' || verb === 'disapprove'
    ? FILES[from].replace('.failed.json', '.unrated.json')
    : FILES[from];

const settle = (store: Store, from: Lane, reason: 'skipped' | 'cancelled'): Promise<unknown> =>
  from === 'private'
    ? lanes.settlePrivate(store, at, reason)
    : lanes.settleQueued(store, queued, reason);

/** The directory that is the lane. */
const laneOf = (path: string): string =>
  Object.keys(FILES).find((lane) =>
    path.startsWith(`${FILES[lane as Lane].split('/').slice(0, 2).join('/')}/`),
  ) ?? path;

let root: string;
let store: Store;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'tutti-moves-'));
  const disk = createDisk(root, false);
  store = createStore(disk, false, 'staging', 'test');
  await disk.mkdir('staging');
  for (const file of Object.values(FILES)) await disk.mkdir(file.slice(0, file.lastIndexOf('/')));
});

afterEach(() => rmSync(root, { recursive: true }));

const files = (): string[] => pathsBelow(root).filter((path) => path.endsWith('.json'));

const rows = Object.entries(TRANSITIONS).flatMap(([verb, { from, to }]) =>
  from.map((lane) => [verb as Verb, lane, to] as const),
);

describe('each verb has one function that makes its move', () => {
  it.each(rows)('%s: %s to %s', async (verb, from, to) => {
    await store.disk.create(startOf(verb, from), 'the task', false);
    expect(['moved', claimed]).toContainEqual(await MOVES[verb](store, from));
    const left = files().filter((path) => !path.endsWith('.reason.json'));
    expect(left.map(laneOf)).toEqual([to]);
    expect(await store.disk.read(left[0]!, 100)).toBe('the task');
  });

  it.each(rows)('%s: nothing in %s', async (verb, from) => {
    expect(['gone', 'lost']).toContain(await MOVES[verb](store, from));
    expect(files().filter((path) => !path.endsWith('.reason.json'))).toEqual([]);
  });
});

const words = (text: string): string[] => text.trim().split(/\s+/);

it('nothing else in lanes.ts moves or makes task files', () => {
  const moves =
    words(`approve begin claim close commit disapprove quarantine recall release requeue retry revive
    settlePrivate settleQueued takeOver`);
  // A child without a file appears in the lane where it is first seen.
  const births = words('createComplete createFailed createPrivate releaseChild');
  const paths = words('claimFile completeFile failedFile finalFile');
  expect(Object.keys(lanes).toSorted()).toEqual([moves, births, paths].flat().toSorted());
});

it('backward moves are the brain’s alone', () => {
  const order: readonly Lane[] = [
    'private',
    'queue',
    'processing',
    'failed',
    'complete',
    'quarantine',
  ];
  const backward = Object.entries(TRANSITIONS).filter(([, { from, to }]) =>
    from.some((lane) => order.indexOf(to) < order.indexOf(lane)),
  );
  expect(backward.map(([verb]) => verb)).toEqual(['retry', 'requeue', 'recall', 'revive']);
  expect(new Set(backward.map(([, { by }]) => by))).toEqual(new Set(['brain']));
});
