// What a loss of power takes: changes of names that no fsync of a directory has made durable, each as a
// whole or not at all, in any order that leaves a possible file system. A kept change keeps everything it
// stands on.
import type { Dice } from './dice.ts';
import type { DirectoryNode, FileNode, Node } from './nodes.ts';

interface Entry {
  readonly nodes: readonly Node[];
  readonly names: readonly (readonly [DirectoryNode, string])[];
  readonly revert: () => void;
  isDurable: boolean;
}

export class Undo {
  private entries: Entry[] = [];

  note(nodes: Entry['nodes'], names: Entry['names'], revert: () => void): void {
    this.entries.push({ nodes, names, revert, isDurable: false });
  }

  syncDirectory(directory: DirectoryNode): void {
    for (const entry of this.entries) {
      if (entry.names.some(([parent]) => parent === directory)) entry.isDurable = true;
    }
    // What is durable and has nothing undecided before it can never be undone.
    const first = this.entries.findIndex(({ isDurable }) => !isDurable);
    this.entries = first === -1 ? [] : this.entries.slice(first);
  }

  /** Undoes what is lost; `keep` is the chance of a change that was not synced. */
  lose(dice: Dice, keep: number): number {
    const pinned = new Set<string>();
    let lost = 0;
    for (const entry of this.entries.toReversed()) {
      const keys = [
        ...entry.nodes.map(({ inode }) => `${inode}`),
        ...entry.names.map(([{ inode }, name]) => `${inode}/${name}`),
      ];
      // Directories are shared by many changes: only their making is a thing to stand on.
      const made = entry.nodes.at(-1)!;
      const own = [`${made.inode}`, ...keys.filter((key) => key.includes('/'))];
      if (entry.isDurable || own.some((key) => pinned.has(key)) || dice.chance(keep)) {
        for (const key of keys) pinned.add(key);
      } else {
        entry.revert();
        lost += 1;
      }
    }
    this.entries = [];
    return lost;
  }
}

/** The bytes of a file after the power came back: all, some or none of what was not synced. */
export function loseBytes(node: FileNode, dice: Dice): void {
  if (node.durable === node.text) return;
  const kept = dice.pick(['all', 'half', 'none'] as const);
  if (kept === 'half') node.text = node.text.slice(0, Math.floor(node.text.length * dice.next()));
  if (kept === 'none') node.text = node.durable ?? '';
  node.durable = node.text;
}
