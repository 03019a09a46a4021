// A command writes into folders that a loss of power may have taken while it ran.
import type { HostView } from './host-view.ts';
import { ROOT } from './memory-disk.ts';
import type { MemoryTree } from './memory-tree.ts';
import type { Performance } from './performance.ts';

/** The file, created where it is not there; null when its folder is gone: what is written then reaches nobody. */
export function openIn(tree: MemoryTree, path: string): ReturnType<MemoryTree['file']> {
  if (tree.find(path.slice(0, path.lastIndexOf('/'))) === undefined) return null;
  return tree.file(path) ?? tree.create(path);
}

/** A script that wants its files to survive a loss of power syncs them itself. */
export function writeManifest(
  { tree, view }: { readonly tree: MemoryTree; readonly view: HostView },
  { path: absolute, text }: NonNullable<Performance['manifest']>,
): void {
  const path = absolute.slice(ROOT.length + 1);
  const node = openIn(tree, path);
  if (node === null) return;
  view.forget(path);
  tree.write(node, text);
  node.durable = text;
  const parent = tree.find(path.slice(0, path.lastIndexOf('/')));
  if (parent?.kind === 'directory') tree.undo?.syncDirectory(parent);
}
