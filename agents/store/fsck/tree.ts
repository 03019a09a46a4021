// One walk through shared/. Folders are listed in the order in which batches and tasks move, and the short
// lanes once more at the end, so that whatever is on its way is seen at least once; what is seen
// twice for that reason is sorted out by the next look.
import fs from 'node:fs';
import { openFileTable } from '../../protocol/files.ts';
import { PROCESSING, QUEUE } from '../../protocol/layout.ts';
import type { Disk, FileStat } from '../disk.ts';

export interface Entry {
  readonly path: string;
  readonly stat: FileStat;
}

export interface Tree {
  readonly files: ReadonlyMap<string, Entry>;
  readonly folders: ReadonlySet<string>;
  /** Links, pipes and devices; nothing behind them is looked at. */
  readonly odd: readonly Entry[];
  /** Files and whole folders that have no place in the protocol. */
  readonly unknown: readonly Entry[];
}

const FIRST = ['inbox', 'brain', 'plans', 'tasks'] as const;
const TASKS_IN_ORDER = ['queue', 'processing', 'complete', 'failed', 'quarantine'] as const;

/** Names that an NFS client gives to files which are removed while open: it removes them itself. */
const isNfsLeftover = (name: string): boolean => name.startsWith('.nfs');

export async function readTree(disk: Disk): Promise<Tree> {
  const isKnown = openFileTable();
  const files = new Map<string, Entry>();
  const folders = new Set<string>();
  const odd = new Map<string, Entry>();
  const unknown = new Map<string, Entry>();

  const visit = async (path: string): Promise<void> => {
    // One that moved away between the listing and now is seen at its next place.
    const stat = await disk.stat(path);
    if (stat === null) return;
    if (!isKnown(path, stat.kind === 'directory')) return void unknown.set(path, { path, stat });
    if (stat.kind === 'other') return void odd.set(path, { path, stat });
    if (stat.kind === 'file') return void files.set(path, { path, stat });
    folders.add(path);
    await descend(path, []);
  };
  const descend = async (folder: string, first: readonly string[]): Promise<void> => {
    const names = (await disk.list(folder)) ?? [];
    const order = folder === 'tasks' ? TASKS_IN_ORDER : first;
    const rank = (name: string): number =>
      (order.indexOf(name) + order.length + 1) % (order.length + 1);
    const sorted = names.toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
    for (const name of sorted) {
      if (!isNfsLeftover(name)) await visit(folder === '' ? name : `${folder}/${name}`);
    }
  };

  await descend('', FIRST);
  for (const lane of [QUEUE, PROCESSING]) await descend(lane, []);
  return { files, folders, odd: [...odd.values()], unknown: [...unknown.values()] };
}

/** Where a link leads: outside of `shared/`, somewhere inside, or null for what is no link. */
export async function leadsOf(disk: Disk, path: string): Promise<'outside' | 'inside' | null> {
  const at = disk.absolute(path);
  try {
    await fs.promises.readlink(at);
  } catch {
    return null;
  }
  const root = await fs.promises.realpath(disk.absolute(''));
  // A link to nowhere leads wherever somebody may put something.
  const target = await fs.promises.realpath(at).catch(() => '');
  return target.startsWith(`${root}/`) ? 'inside' : 'outside';
}
