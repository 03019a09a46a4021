// The gateway's side of an air gap. Whatever waits in its inbox and signals becomes a parcel in
// `sync/outgoing`, frozen with the plan's files as they are now, and is carried until its receipt has come
// out. Then the gateway's own copy goes: the rig has it, and the pictures of it come from there.
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { COMMAND_SUFFIX } from '../protocol/command.ts';
import { hashText } from '../protocol/ids.ts';
import { INBOX, planPath, QUARANTINE, SIGNALS } from '../protocol/layout.ts';
import { formatSignal } from '../protocol/signal.ts';
import {
  commandKey,
  HASHED_BYTES_MAX,
  MANIFEST,
  OUTGOING,
  receiptPath,
  SHIPPED_PLAN,
  signalKey,
} from '../protocol/sync.ts';
import type { Manifest, ManifestParcel } from '../protocol/sync.ts';
import { listInbox, readBatch } from './inbox.ts';
import { findBatch } from './picture/batches.ts';
import { collectPlan } from './plan-import.ts';
import { encodePretty } from './records.ts';
import { move, publish } from './store.ts';
import type { Store } from './store.ts';
import { listSignals } from './signals.ts';

/** One thing that waits on the gateway. */
interface Waiting {
  readonly key: string;
  /** A folder of the inbox, or a file. */
  readonly source: string;
}

const SIGNAL_BYTES_MAX = 65_536;

async function listWaiting(store: Store): Promise<Waiting[]> {
  const { batches, commands } = await listInbox(store);
  const signals: Waiting[] = [];
  for (const name of await listSignals(store, null)) {
    // A pause holds as long as its file is there: it cannot be carried as an event.
    if (name.verb === 'pause') continue;
    const file = formatSignal(name);
    const text = await store.disk.read(`${SIGNALS}/${file}`, SIGNAL_BYTES_MAX);
    if (text !== null) signals.push({ key: signalKey(file, text), source: `${SIGNALS}/${file}` });
  }
  // Submissions first: a command may be about one of them.
  return [
    ...batches.map((batch) => ({ key: batch, source: `${INBOX}/${batch}` })),
    ...commands.map((id) => ({ key: commandKey(id), source: `${INBOX}/${id}${COMMAND_SUFFIX}` })),
    ...signals.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  ];
}

export interface Outgoing {
  readonly manifest: Manifest;
  /** What cannot be carried, in sentences. */
  readonly refused: readonly string[];
}

/** Makes `sync/outgoing` hold exactly what waits and has no receipt, and writes the manifest of it. */
export async function prepareOutgoing(store: Store, gateway: string): Promise<Outgoing> {
  const { disk } = store;
  await disk.mkdir(OUTGOING);
  const parcels: ManifestParcel[] = [];
  const refused: string[] = [];
  for (const { key, source } of await listWaiting(store)) {
    if ((await disk.stat(receiptPath(key))) !== null) {
      await dropCarried(store, key, source);
      continue;
    }
    try {
      if ((await disk.stat(`${OUTGOING}/${key}`)) === null) await freeze(store, key, source);
      parcels.push({ key, files: await filesOf(store, `${OUTGOING}/${key}`) });
    } catch (error) {
      refused.push(`${source}: ${(error as Error).message}`);
    }
  }
  const wanted = new Set([MANIFEST, ...parcels.map(({ key }) => key)]);
  for (const name of (await disk.list(OUTGOING)) ?? []) {
    if (!wanted.has(name)) await remove(store, `${OUTGOING}/${name}`);
  }
  const manifest: Manifest = { v: 1, gateway, parcels };
  await publish(store, `${OUTGOING}/${MANIFEST}`, encodePretty(manifest));
  return { manifest, refused };
}

/** The rig has it. A submission goes when its batch has come out, so that it is always shown. */
async function dropCarried(store: Store, key: string, source: string): Promise<void> {
  const { disk } = store;
  if (source === `${INBOX}/${key}`) {
    const read = await readBatch(store, source);
    const isShown =
      (await findBatch(disk, key)) !== null || (await disk.stat(`${QUARANTINE}/${key}`)) !== null;
    // One that takes over another batch may lie in the rig's inbox for long.
    if (read.is === 'ok' && read.value.resume_of !== undefined && !isShown) return;
  }
  await remove(store, source);
}

/** Makes an empty folder, whatever lay there before. */
export async function clearFolder(store: Store, path: string): Promise<void> {
  if ((await store.disk.stat(path)) !== null) await remove(store, path);
  await store.disk.mkdir(path);
}

/** In one step for whoever looks, then at leisure. */
async function remove(store: Store, path: string): Promise<void> {
  const gone = store.nextTemporary();
  if ((await move(store, path, gone)) === 'gone') return;
  await fs.promises.rm(store.disk.absolute(gone), { recursive: true, force: true });
}

async function freeze(store: Store, key: string, source: string): Promise<void> {
  const { disk } = store;
  const staged = store.nextTemporary();
  try {
    await copyTree(disk.absolute(source), disk.absolute(staged));
    const read = await readBatch(store, source);
    const plan = read.is === 'ok' ? disk.absolute(planPath(read.value.plan)) : null;
    if (plan !== null && fs.existsSync(join(plan, 'plan.md'))) {
      const origin = { folder: fs.realpathSync(plan), file: 'plan.md' };
      for (const { path, source: from } of collectPlan(origin)) {
        await copyTree(from, join(disk.absolute(staged), SHIPPED_PLAN, path));
      }
    }
    await disk.rename(staged, `${OUTGOING}/${key}`);
  } catch (error) {
    await fs.promises.rm(disk.absolute(staged), { recursive: true, force: true });
    throw error;
  }
}

/** Regular files and folders; whatever else somebody put there stays here. */
async function copyTree(from: string, to: string): Promise<void> {
  const stat = await fs.promises.lstat(from);
  if (stat.isFile()) {
    await fs.promises.mkdir(dirname(to), { recursive: true });
    return fs.promises.copyFile(from, to);
  }
  if (!stat.isDirectory()) return;
  await fs.promises.mkdir(to, { recursive: true });
  for (const name of await fs.promises.readdir(from)) {
    await copyTree(join(from, name), join(to, name));
  }
}

async function filesOf({ disk }: Store, root: string): Promise<ManifestParcel['files']> {
  const files: ManifestParcel['files'] = [];
  const visit = async (path: string): Promise<void> => {
    const at = path === '' ? root : `${root}/${path}`;
    const stat = await disk.stat(at);
    if (stat?.kind === 'directory') {
      for (const name of ((await disk.list(at)) ?? []).toSorted()) {
        await visit(path === '' ? name : `${path}/${name}`);
      }
    }
    if (stat?.kind !== 'file') return;
    const isHashed = stat.size <= HASHED_BYTES_MAX;
    const text = isHashed ? await disk.read(at, HASHED_BYTES_MAX) : null;
    files.push({ path, size: stat.size, hash: text === null ? null : hashText(text) });
  };
  await visit('');
  return files;
}
