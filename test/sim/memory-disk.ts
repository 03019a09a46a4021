// The Disk port over the tree in memory. `gate` stands before and after each operation: it gives the
// turns to the other processes and breaks things. Without one the disk is simply a disk.
import type { Disk, FileStat } from '../../agents/store/disk.ts';
import type { HostView } from './host-view.ts';
import { failure } from './memory-tree.ts';
import type { MemoryTree } from './memory-tree.ts';
import type { DirectoryNode, FileNode } from './nodes.ts';

export const ROOT = '/shared';

export type Operation =
  | 'read'
  | 'create'
  | 'write'
  | 'sync'
  | 'append'
  | 'rename'
  | 'link'
  | 'unlink'
  | 'truncate'
  | 'excise'
  | 'mkdir'
  | 'list'
  | 'stat'
  | 'syncDirectory'
  | 'touch';

/** What is refused by a disk that is full or mounted read-only. */
export const CHANGES: ReadonlySet<Operation> = new Set([
  'create',
  'write',
  'append',
  'rename',
  'link',
  'mkdir',
]);

export interface Gate {
  /** Runs `effect` in a turn of its own; `half` is what a death or an error in the middle leaves. */
  pass<T>(operation: Operation, path: string, effect: () => T, half?: () => void): Promise<T>;
}

const openGate: Gate = { pass: (_, __, effect) => Promise.resolve().then(effect) };

export interface MemoryDiskOptions {
  readonly gate?: Gate;
  /** What this host sees; everything as it is when absent. */
  readonly view?: HostView;
  readonly nowMs?: () => number;
}

const isAscii = (text: string): boolean => Buffer.byteLength(text) === text.length;

function slice(text: string, offset: number, length: number): string {
  if (isAscii(text)) return text.slice(offset, offset + length);
  return Buffer.from(text).toString('utf8', offset, offset + length);
}

/** Like the real one: paths are relative, and never leave the directory. */
function check(path: string): void {
  if (path.startsWith('/') || (path.includes('..') && path.split('/').includes('..')))
    throw failure('EINVAL', path);
}

function directory(tree: MemoryTree, path: string): DirectoryNode {
  const node = tree.find(path);
  if (node === undefined) throw failure('ENOENT', path);
  if (node.kind !== 'directory') throw failure('ENOTDIR', path);
  return node;
}

function statOf(tree: MemoryTree, path: string): FileStat | null {
  const node = tree.find(path);
  if (node === undefined) return null;
  const { kind, inode, modifiedMs } = node;
  return node.kind === 'directory'
    ? { kind, inode, modifiedMs, size: 4096, links: 2 }
    : { kind, inode, modifiedMs, size: Buffer.byteLength(node.text), links: node.links };
}

/** The file to be written to: opened, or made. */
function opened(tree: MemoryTree, path: string): FileNode {
  const node = tree.find(path);
  if (node === undefined) return tree.create(path);
  if (node.kind !== 'file') throw failure('EISDIR', path);
  return node;
}

/** One disk of one host, as its two halves need it. */
interface Drive {
  readonly tree: MemoryTree;
  readonly view: HostView | undefined;
  readonly nowMs: () => number;
  readonly pass: <T>(
    operation: Operation,
    path: string,
    effect: () => T,
    half?: () => void,
  ) => Promise<T>;
}

export function createMemoryDisk(tree: MemoryTree, options: MemoryDiskOptions = {}): Disk {
  const { gate = openGate, view, nowMs = () => 0 } = options;
  const drive: Drive = {
    tree,
    view,
    nowMs,
    async pass(operation, path, effect, half) {
      check(path);
      return gate.pass(operation, path, effect, half);
    },
  };
  return {
    ...reads(drive),
    ...writes(drive),
    ...changes(drive),
    absolute(path) {
      check(path);
      return path === '' ? ROOT : `${ROOT}/${path}`;
    },
  };
}

type Reads = 'read' | 'readRange' | 'list' | 'stat';

function reads({ tree, view, pass }: Drive): Pick<Disk, Reads> {
  return {
    read: (path, bytesMax) =>
      pass('read', path, () => {
        if (view?.isHidden(path) === true) return null;
        const text = view?.textOf(path) ?? tree.file(path)?.text ?? null;
        if (text !== null && Buffer.byteLength(text) > bytesMax) throw failure('EFBIG', path);
        return text;
      }),
    readRange: (path, offset, length) =>
      pass('read', path, () => {
        const node = tree.file(path);
        return node === null ? null : slice(node.text, offset, length);
      }),
    list: (path) => pass('list', path, () => view?.listOf(path) ?? tree.list(path)),
    stat: (path) =>
      pass('stat', path, () => (view?.isHidden(path) === true ? null : statOf(tree, path))),
  };
}

type Writes = 'create' | 'append' | 'truncate' | 'excise' | 'touch' | 'syncDirectory';

function writes({ tree, view, nowMs, pass }: Drive): Pick<Disk, Writes> {
  const appendTo = (path: string, text: string): number => {
    view?.forget(path);
    const node = opened(tree, path);
    tree.write(node, node.text + text);
    return Buffer.byteLength(node.text);
  };
  return {
    async create(path, text, sync) {
      const node = await pass('create', path, () => {
        view?.forget(path);
        return tree.create(path);
      });
      const half = (): void => tree.write(node, text.slice(0, text.length >> 1));
      await pass('write', path, () => tree.write(node, text), half);
      if (sync) await pass('sync', path, () => void (node.durable = node.text));
    },
    append(path, text) {
      const half = (): number => appendTo(path, text.slice(0, text.length >> 1));
      return pass('append', path, () => appendTo(path, text), half);
    },
    truncate: (path, size) =>
      pass('truncate', path, () => {
        const node = tree.file(path);
        if (node === null) throw failure('ENOENT', path);
        tree.write(node, slice(node.text, 0, size));
      }),
    excise: (path, { headBytes, tailBytes, note }) =>
      pass('excise', path, () => {
        const node = tree.file(path);
        if (node === null) throw failure('ENOENT', path);
        const size = Buffer.byteLength(node.text);
        const bytes = size - headBytes - tailBytes;
        if (bytes <= note(bytes).length) return 0;
        const tail = slice(node.text, size - tailBytes, tailBytes);
        tree.write(node, slice(node.text, 0, headBytes) + note(bytes) + tail);
        return bytes;
      }),
    touch: (path) =>
      pass('touch', path, () => {
        const node = tree.find(path) ?? tree.create(path);
        node.modifiedMs = nowMs();
        tree.onTouch(path);
      }),
    syncDirectory: (path) =>
      pass('syncDirectory', path, () => {
        const node = directory(tree, path);
        tree.undo?.syncDirectory(node);
      }),
  };
}

type Changes = 'rename' | 'link' | 'unlink' | 'mkdir';

function changes({ tree, view, pass }: Drive): Pick<Disk, Changes> {
  /** A change by this host: its own caches know of it. */
  const change =
    (paths: readonly string[], effect: () => void): (() => void) =>
    () => {
      for (const path of paths) view?.forget(path);
      effect();
    };
  return {
    async rename(from, to) {
      check(from);
      const effect = change([from, to], () => tree.rename(from, to));
      return pass('rename', to, effect);
    },
    async link(from, to) {
      check(from);
      const effect = change([to], () => tree.link(from, to));
      return pass('link', to, effect);
    },
    unlink(path) {
      const effect = change([path], () => tree.unlink(path));
      return pass('unlink', path, effect);
    },
    async mkdir(path) {
      // One that is there changes nothing: no order of turns could show it.
      if (tree.find(path)?.kind === 'directory') return;
      const effect = change([path], () => tree.mkdir(path));
      await pass('mkdir', path, effect);
    },
  };
}
