// A command writes into folders that a loss of power may have taken while it ran.
import type { MemoryTree } from './memory-tree.ts';

/** The file, created where it is not there; null when its folder is gone: what is written then reaches nobody. */
export function openIn(tree: MemoryTree, path: string): ReturnType<MemoryTree['file']> {
  if (tree.find(path.slice(0, path.lastIndexOf('/'))) === undefined) return null;
  return tree.file(path) ?? tree.create(path);
}
