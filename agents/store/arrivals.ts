// The rig's side of an air gap: takes what gateways have carried here. Three steps, each a rename or a
// create-once, each done again after a crash: take (out of the folder that rsync writes), receipt (from
// here on the same parcel is never taken again), publish (to where everything of this kind appears).
// What rsync sends twice, late or from an old copy finds its receipt and is left alone.
import { COMMAND_SUFFIX } from '../protocol/command.ts';
import { hashText } from '../protocol/ids.ts';
import {
  ARRIVING,
  BATCH_DIRECTORIES,
  BELL_AGENTS,
  INBOX,
  planPath,
  RECEIVED,
  SIGNALS,
} from '../protocol/layout.ts';
import {
  arrivingPath,
  HASHED_BYTES_MAX,
  MANIFEST,
  manifestSchema,
  parseKey,
  receiptPath,
  SHIPPED_PLAN,
} from '../protocol/sync.ts';
import type { ManifestParcel } from '../protocol/sync.ts';
import { readBatch } from './inbox.ts';
import { encode, readRecord } from './records.ts';
import { move, parentOf, publishOnce } from './store.ts';
import type { Store } from './store.ts';

const MANIFEST_BYTES_MAX = 67_108_864;

export interface Arrival {
  readonly key: string;
  /** Files of the shipped plan that could not take their place. */
  readonly problems: readonly string[];
}

/** Answers what was published. `at` is for people. */
export async function receiveArrivals(store: Store, at: string): Promise<Arrival[]> {
  const { disk } = store;
  const gateways = (await disk.list(ARRIVING)) ?? [];
  if (gateways.length === 0) return [];
  const arrivals: Arrival[] = [];
  // Taken before a crash, and not published yet.
  for (const key of ((await disk.list(RECEIVED)) ?? []).toSorted()) {
    if (parseKey(key) !== null) arrivals.push(await finish(store, key, at));
  }
  for (const gateway of gateways.toSorted()) {
    const path = `${arrivingPath(gateway)}/${MANIFEST}`;
    const read = await readRecord(disk, path, manifestSchema, MANIFEST_BYTES_MAX);
    if (read.is !== 'ok') continue;
    for (const parcel of read.value.parcels) {
      if ((await disk.stat(receiptPath(parcel.key))) !== null) continue;
      // A command may be about the submission before it: nothing overtakes.
      if (!(await isComplete(store, gateway, parcel))) break;
      const from = `${arrivingPath(gateway)}/${parcel.key}`;
      if ((await move(store, from, `${RECEIVED}/${parcel.key}`)) === 'gone') break;
      arrivals.push(await finish(store, parcel.key, at));
    }
  }
  return arrivals;
}

async function isComplete(
  { disk }: Store,
  gateway: string,
  parcel: ManifestParcel,
): Promise<boolean> {
  const root = `${arrivingPath(gateway)}/${parcel.key}`;
  const stat = await disk.stat(root);
  const isFolder = parseKey(parcel.key)?.is === 'submission';
  if (stat?.kind !== (isFolder ? 'directory' : 'file')) return false;
  for (const { path, size, hash } of parcel.files) {
    const at = path === '' ? root : `${root}/${path}`;
    const file = await disk.stat(at);
    if (file?.kind !== 'file' || file.size !== size) return false;
    if (hash === null) continue;
    const text = await disk.read(at, HASHED_BYTES_MAX);
    if (text === null || hashText(text) !== hash) return false;
  }
  return true;
}

async function finish(store: Store, key: string, at: string): Promise<Arrival> {
  const parcel = parseKey(key);
  const from = `${RECEIVED}/${key}`;
  // What is in it is for people: its name says everything.
  await publishOnce(store, receiptPath(key), encode({ v: 1, key, at }));
  switch (parcel?.is) {
    case 'submission':
      return { key, problems: await publishSubmission(store, parcel.batch, from) };
    case 'command':
      await move(store, from, `${INBOX}/${parcel.id}${COMMAND_SUFFIX}`);
      break;
    case 'signal':
      await move(store, from, `${SIGNALS}/${parcel.file}`);
      await store.disk.touch(BELL_AGENTS);
      break;
    case undefined:
  }
  return { key, problems: [] };
}

/** The plan first: the batch needs its scripts. */
async function publishSubmission(store: Store, batch: string, from: string): Promise<string[]> {
  const { disk } = store;
  const read = await readBatch(store, from);
  const shipped = `${from}/${SHIPPED_PLAN}`;
  const hasPlan = read.is === 'ok' && (await disk.stat(shipped)) !== null;
  const problems = hasPlan ? await installPlan(store, shipped, planPath(read.value.plan)) : [];
  for (const directory of BATCH_DIRECTORIES) await disk.mkdir(`${from}/${directory}`);
  await move(store, from, `${INBOX}/${batch}`);
  return problems;
}

/**
 * A plan that is new here appears at once; of one that is here already every file is replaced by its new
 * version, as somebody who edits it in place would do. Files that only the rig has stay.
 */
async function installPlan(store: Store, from: string, to: string): Promise<string[]> {
  const { disk } = store;
  if ((await disk.stat(to)) === null) {
    await disk.mkdir(parentOf(to));
    await move(store, from, to);
    return [];
  }
  const problems: string[] = [];
  const walk = async (inside: string): Promise<void> => {
    for (const name of (await disk.list(`${from}${inside}`)) ?? []) {
      const path = `${inside}/${name}`;
      const stat = await disk.stat(`${from}${path}`);
      if (stat?.kind === 'directory') await walk(path);
      if (stat?.kind !== 'file') continue;
      try {
        await disk.mkdir(parentOf(`${to}${path}`));
        await disk.rename(`${from}${path}`, `${to}${path}`);
      } catch (error) {
        // A folder has its name: the plan is the plan's author's to mend, the batch goes on.
        problems.push(`${to}${path}: ${(error as Error).message}`);
      }
    }
  };
  await walk('');
  return problems;
}
