// What one host sees of a network mount: names looked up and not found, and directories read, are
// answered from its cache for a while, however much other hosts change. What the host itself changes in a
// directory makes it look again, as the NFS client of Linux does.
import type { Dice } from './dice.ts';
import type { MemoryTree } from './memory-tree.ts';

interface Cached<T> {
  readonly untilMs: number;
  readonly value: T;
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

export class HostView {
  private readonly absent = new Map<string, Cached<null>>();
  private readonly listings = new Map<string, Cached<readonly string[]>>();
  private readonly texts = new Map<string, Cached<string>>();
  private readonly tree: MemoryTree;
  private readonly dice: Dice;
  private readonly nowMs: () => number;
  private readonly onStale: () => void;
  /** How old an answer may be; 0 switches the caches off. */
  delayMs: number;

  constructor(
    tree: MemoryTree,
    dice: Dice,
    nowMs: () => number,
    delayMs: number,
    onStale: () => void,
  ) {
    this.tree = tree;
    this.dice = dice;
    this.nowMs = nowMs;
    this.delayMs = delayMs;
    this.onStale = onStale;
  }

  /** Whether a lookup answers that there is nothing, be it true or not any more. */
  isHidden(path: string): boolean {
    const known = this.fresh(this.absent, path);
    if (known !== undefined) return true;
    if (this.tree.find(path) !== undefined) return false;
    this.keep(this.absent, path, null);
    return true;
  }

  listOf(path: string): readonly string[] | null {
    const known = this.fresh(this.listings, path);
    if (known !== undefined) return known;
    const names = this.tree.list(path);
    if (names !== null) this.keep(this.listings, path, names);
    return names;
  }

  /** An older content of a file that was replaced meanwhile; null when the present one is seen. */
  textOf(path: string): string | null {
    const known = this.fresh(this.texts, path);
    if (known !== undefined) return known;
    const node = this.tree.find(path);
    if (node?.kind === 'file') this.keep(this.texts, path, node.text);
    return null;
  }

  /** This host changes `path`. */
  forget(path: string): void {
    const parent = parentOf(path);
    this.listings.delete(parent);
    this.texts.delete(path);
    for (const known of this.absent.keys()) {
      if (known === path || parentOf(known) === parent || known.startsWith(`${path}/`)) {
        this.absent.delete(known);
      }
    }
  }

  clear(): void {
    for (const cache of [this.absent, this.listings, this.texts]) cache.clear();
  }

  private fresh<T>(cache: Map<string, Cached<T>>, path: string): T | undefined {
    const known = cache.get(path);
    if (known === undefined) return undefined;
    if (known.untilMs <= this.nowMs()) {
      cache.delete(path);
      return undefined;
    }
    this.onStale();
    return known.value;
  }

  private keep<T>(cache: Map<string, Cached<T>>, path: string, value: T): void {
    if (this.delayMs === 0 || this.dice.chance(0.5)) return;
    cache.set(path, { value, untilMs: this.nowMs() + this.delayMs * this.dice.next() });
  }
}
