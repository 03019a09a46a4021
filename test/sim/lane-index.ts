// Where every task is, kept up to date with every change of a name, so that an operation that breaks a
// rule is caught in the act. In which lanes a task may be, and from where to where it may move, stands in
// agents/protocol/transitions.ts.
import {
  parseClaim,
  parseComplete,
  parseFailed,
  parsePrivate,
  parseQueue,
} from '../../agents/protocol/lane-name.ts';
import type { Counts } from '../../agents/protocol/lane-name.ts';
import { TRANSITIONS } from '../../agents/protocol/transitions.ts';
import type { Lane, Verb } from '../../agents/protocol/transitions.ts';
import type { Change, MemoryTree } from './memory-tree.ts';
import type { FileNode, Node } from './nodes.ts';

export interface Placed {
  readonly lane: Lane;
  readonly path: string;
  readonly batch: string;
  readonly task: string;
  readonly counts: Counts;
  readonly agent?: string;
  readonly vram?: number | 'all';
  readonly taskClass?: string;
  readonly reason?: string;
}

type Found = Omit<Placed, 'lane' | 'path' | 'batch'> & { readonly batch?: string };

const LANE_OF: readonly [RegExp, Lane, (name: string) => Found | null][] = [
  [/^brain\/private_tasks\/([^/]+)\/([^/]+)$/, 'private', parsePrivate],
  [/^plans\/.+\/batches\/([^/]+)\/tasks\/([^/]+)$/, 'private', parsePrivate],
  [/^tasks\/(queue)\/([^/]+)$/, 'queue', parseQueue],
  [/^tasks\/(processing)\/([^/]+)$/, 'processing', parseClaim],
  [/^tasks\/complete\/([^/]+)\/([^/]+)$/, 'complete', parseComplete],
  [/^tasks\/failed\/([^/]+)\/([^/]+)$/, 'failed', parseFailed],
  [/^tasks\/(quarantine)\/([^/]+)$/, 'quarantine', parseQueue],
];

export function placeOf(path: string): Placed | null {
  for (const [pattern, lane, parse] of LANE_OF) {
    const match = pattern.exec(path);
    if (match === null) continue;
    const [, batch, name] = match;
    const found = name!.endsWith('.group.json') ? null : parse(name!);
    return found === null ? null : { batch: batch!, ...found, lane, path };
  }
  return null;
}

export const keyOf = ({ batch, task }: { readonly batch: string; readonly task: string }): string =>
  `${batch}/${task}`;

const isMove = (from: Lane, to: Lane): boolean =>
  (Object.keys(TRANSITIONS) as Verb[]).some((verb) => {
    const move: { readonly from: readonly Lane[]; readonly to: Lane } = TRANSITIONS[verb];
    return move.from.includes(from) && move.to === to;
  });

export interface LaneListener {
  /** A task file came to a place: `from` is null for a new one. */
  onMove(from: Placed | null, to: Placed, node: FileNode): void;
  onBreach(text: string): void;
}

export class LaneIndex {
  /** By task, then by path. */
  readonly tasks = new Map<string, Map<string, Placed>>();
  /** Files that a fault planted: they are nobody's task. */
  readonly planted = new Set<Node>();
  /** What has left a place, with what it said: rsync may bring it back. */
  readonly left: { readonly path: string; readonly node: FileNode; readonly text: string }[] = [];
  /** Tasks of which there were several files once: which of them is the task shows who runs it first. */
  readonly copied = new Set<string>();
  private readonly tree: MemoryTree;
  private readonly listener: LaneListener;

  constructor(tree: MemoryTree, listener: LaneListener) {
    this.tree = tree;
    this.listener = listener;
    tree.onChange = (change) => this.apply(change);
  }

  laneOf(batch: string, task: string): Placed | null {
    const places = [...(this.tasks.get(`${batch}/${task}`)?.values() ?? [])];
    // Of several the one that got furthest.
    const active = places.filter(({ lane }) => lane !== 'quarantine').toSorted(byProgress);
    return active[0] ?? places[0] ?? null;
  }

  /** rsync brings back what has left a place, or what is there under another name. */
  bringBack(path: string, node: FileNode): void {
    const place = placeOf(path);
    if (place === null) return;
    this.copied.add(keyOf(place));
    this.add(place, node);
  }

  *all(): Generator<Placed> {
    for (const places of this.tasks.values()) yield* places.values();
  }

  /** After a loss of power: what is there now is what there is. Answers the tasks that are gone. */
  rebuild(): string[] {
    const before = [...this.tasks.keys()];
    this.tasks.clear();
    for (const [path, node] of this.tree.walk()) this.add(placeOf(path), node);
    for (const [key, places] of this.tasks) this.judge(key, places);
    return before.filter((key) => !this.tasks.has(key));
  }

  private apply({ removed, added, node }: Change): void {
    const removals = removed === null ? [] : filesOf(removed, node);
    const additions = added === null ? [] : filesOf(added, node);
    const touched = new Map<string, Placed | null>();
    for (const [path, file] of removals) {
      const place = placeOf(path);
      if (place === null || this.planted.has(file)) continue;
      this.tasks.get(keyOf(place))?.delete(path);
      this.left.push({ path, node: file, text: file.text });
      touched.set(keyOf(place), place);
    }
    for (const [path, file] of additions) {
      const place = placeOf(path);
      if (place === null || this.planted.has(file)) continue;
      const from = touched.get(keyOf(place)) ?? null;
      this.add(place, file);
      touched.set(keyOf(place), from);
      if (from !== null && from.lane !== place.lane && !isMove(from.lane, place.lane)) {
        this.listener.onBreach(`I1 no move leads from ${from.path} to ${place.path}`);
      }
      this.listener.onMove(from, place, file);
    }
    for (const key of touched.keys()) this.judge(key, this.tasks.get(key));
  }

  private add(place: Placed | null, node: Node): void {
    if (place === null || this.planted.has(node)) return;
    const places = this.tasks.get(keyOf(place)) ?? new Map<string, Placed>();
    this.tasks.set(keyOf(place), places);
    places.set(place.path, place);
  }

  /** A damaged file in quarantine does not count beside the one that replaced it. */
  private judge(key: string, places: ReadonlyMap<string, Placed> | undefined): void {
    const all = [...(places?.values() ?? [])];
    const active = all.filter(({ lane }) => lane !== 'quarantine');
    if (active.length === 1 || (active.length === 0 && all.length > 0)) return;
    if (active.length > 1 && this.copied.has(key)) return;
    const where = active.map(({ path }) => path).join(', ');
    this.listener.onBreach(`I1 ${key} is in ${active.length} lanes: ${where}`);
  }
}

const RANKS: readonly Lane[] = ['private', 'queue', 'processing', 'failed', 'complete'];

const byProgress = (a: Placed, b: Placed): number =>
  b.counts.attempt - a.counts.attempt || RANKS.indexOf(b.lane) - RANKS.indexOf(a.lane);

function filesOf(path: string, node: Node): [string, FileNode][] {
  if (node.kind !== 'directory') return [[path, node]];
  return [...node.entries].flatMap(([name, child]) => filesOf(`${path}/${name}`, child));
}
