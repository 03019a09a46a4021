// `tutti fsck`: looks at everything, and looks again at what seemed wrong, because brain and agents move
// files meanwhile. Only what every look shows is a breach; each repair is one rename of something that
// is still as it was.
import { QUARANTINE } from '../../protocol/layout.ts';
import { quarantine } from '../lanes.ts';
import { encode } from '../records.ts';
import { move, publish } from '../store.ts';
import type { Store } from '../store.ts';
import { checkAttempts } from './attempts.ts';
import type { Breach } from './breach.ts';
import type { HostView } from './owners.ts';
import { checkPlaces } from './places.ts';
import { checkRecords } from './records.ts';
import { readScene } from './scene.ts';
import { checkTasks } from './tasks.ts';

export interface FsckOptions {
  readonly view: HostView;
  /** Age of an unpublished file from which it is a leftover. */
  readonly staleMs: number;
  /** The wall clock of this host. */
  readonly now: () => Date;
  /** Waits between two looks. */
  readonly pause: () => Promise<void>;
}

export interface Inspection {
  readonly files: number;
  readonly looks: number;
  readonly breaches: readonly Breach[];
}

const LOOKS = 3;

const keyOf = ({ kind, path, problem }: Breach): string =>
  kind === 'no_lane' ? `${kind} ${path} ${problem}` : `${kind} ${path}`;

async function look(store: Store, options: FsckOptions) {
  const { view, staleMs } = options;
  const nowMs = options.now().getTime();
  const scene = await readScene(store, { view, nowMs, staleMs });
  const { breaches, attempts } = await checkRecords(scene);
  const all = [
    ...checkTasks(scene),
    ...(await checkPlaces(scene)),
    ...breaches,
    ...(await checkAttempts(scene, attempts)),
  ];
  return { files: scene.tree.files.size, found: all };
}

export async function inspect(store: Store, options: FsckOptions): Promise<Inspection> {
  let breaches: readonly Breach[] | null = null;
  let files = 0;
  let looks = 0;
  while (looks < LOOKS && breaches?.length !== 0) {
    if (looks > 0) await options.pause();
    const { found, files: seen } = await look(store, options);
    const before: ReadonlySet<string> | null =
      breaches === null ? null : new Set(breaches.map(keyOf));
    breaches = found.filter((breach) => before?.has(keyOf(breach)) ?? true);
    files = seen;
    looks += 1;
  }
  const sorted = (breaches ?? []).toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return { files, looks, breaches: sorted };
}

export type Repaired = 'repaired' | 'gone' | 'left';

/** `gone`: somebody else moved it first. */
export async function repair(store: Store, breach: Breach, at: string): Promise<Repaired> {
  const { path, problem, repair: how } = breach;
  switch (how.is) {
    case 'nothing':
      return 'left';
    case 'set_aside':
      return (await move(store, path, how.to)) === 'moved' ? 'repaired' : 'gone';
    case 'write_reason': {
      const record = { v: 1, from: 'unknown', reason: `found by fsck: ${problem}`, at };
      await publish(store, `${path}.reason.json`, encode(record));
      return 'repaired';
    }
    case 'quarantine': {
      if ((await store.disk.stat(path)) === null) return 'gone';
      const name = how.name ?? (await freeName(store, path.replaceAll('/', '~')));
      const moved = await quarantine(store, path, name, `fsck: ${problem}`, at);
      return moved === 'moved' ? 'repaired' : 'gone';
    }
  }
}

/** Names of files have 255 bytes at most, and the reason's ending must fit as well. */
const NAME_MAX = 200;

/** A rename replaces its target silently. */
async function freeName(store: Store, wanted: string): Promise<string> {
  const name = wanted.slice(-NAME_MAX).replace(/^\.+/, '');
  for (let copy = 0; ; copy++) {
    const free = copy === 0 ? name : `${copy}~${name}`;
    if ((await store.disk.stat(`${QUARANTINE}/${free}`)) === null) return free;
  }
}
