// A file system in memory: directories, inodes, links. Operations are atomic here; the turns between
// them, and everything that can go wrong, belong to memory-disk.ts. Errors carry the code that Linux gives.
import type { DirectoryNode, FileNode, Node } from './nodes.ts';
import type { Undo } from './undo.ts';

/** One atomic change of names. A directory stands for everything below it. */
export interface Change {
  readonly removed: string | null;
  readonly added: string | null;
  readonly node: Node;
}

export function failure(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code, path });
}

interface Place {
  readonly parent: DirectoryNode;
  readonly name: string;
  readonly node: Node | undefined;
}

export class MemoryTree {
  onChange: (change: Change) => void = () => undefined;
  /** A bell that somebody touched. */
  onTouch: (path: string) => void = () => undefined;
  /** Filled only when somebody wants to undo: for the loss of power. */
  undo: Undo | null = null;
  private inodes = 1;
  private readonly root: DirectoryNode;
  private readonly nowMs: () => number;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
    this.root = this.directory();
  }

  /** Undefined when there is nothing; a path through a file leads nowhere. */
  find(path: string): Node | undefined {
    let node: Node | undefined = this.root;
    if (path === '') return node;
    for (const name of path.split('/')) {
      if (node?.kind !== 'directory') return undefined;
      node = node.entries.get(name);
    }
    return node;
  }

  file(path: string): FileNode | null {
    const node = this.find(path);
    if (node === undefined) return null;
    if (node.kind !== 'file') throw failure('ELOOP', path);
    return node;
  }

  list(path: string): string[] | null {
    const node = this.find(path);
    return node?.kind === 'directory' ? [...node.entries.keys()] : null;
  }

  create(path: string, kind: 'file' | 'other' = 'file'): FileNode {
    const { parent, name, node } = this.place(path);
    if (node !== undefined) throw failure('EEXIST', path);
    const made: FileNode = { ...this.stamp(), kind, text: '', links: 1, durable: null };
    this.enter(parent, name, made);
    this.undo?.note([parent, made], [[parent, name]], () => parent.entries.delete(name));
    this.onChange({ removed: null, added: path, node: made });
    return made;
  }

  write(node: FileNode, text: string): void {
    node.text = text;
    node.modifiedMs = this.nowMs();
  }

  rename(from: string, to: string): void {
    const source = this.place(from);
    const { node } = source;
    if (node === undefined) throw failure('ENOENT', from);
    if (`${to}/`.startsWith(`${from}/`) && node.kind === 'directory') throw failure('EINVAL', to);
    const target = this.place(to);
    if (target.node === node) return;
    if (target.node !== undefined) this.replace(node, target.node, to);
    source.parent.entries.delete(source.name);
    this.enter(target.parent, target.name, node);
    source.parent.modifiedMs = this.nowMs();
    this.undo?.note(
      [source.parent, target.parent, node],
      [
        [source.parent, source.name],
        [target.parent, target.name],
      ],
      () => {
        source.parent.entries.set(source.name, node);
        if (target.node === undefined) target.parent.entries.delete(target.name);
        else target.parent.entries.set(target.name, target.node);
      },
    );
    this.onChange({ removed: from, added: to, node });
  }

  link(from: string, to: string): void {
    const { node } = this.place(from);
    if (node === undefined) throw failure('ENOENT', from);
    if (node.kind === 'directory') throw failure('EPERM', from);
    const { parent, name, node: there } = this.place(to);
    if (there !== undefined) throw failure('EEXIST', to);
    this.enter(parent, name, node);
    node.links += 1;
    this.undo?.note([parent, node], [[parent, name]], () => {
      parent.entries.delete(name);
      node.links -= 1;
    });
    this.onChange({ removed: null, added: to, node });
  }

  unlink(path: string): void {
    const node = this.find(path);
    if (node === undefined) return;
    if (node.kind === 'directory') throw failure('EISDIR', path);
    const { parent, name } = this.place(path);
    parent.entries.delete(name);
    parent.modifiedMs = this.nowMs();
    node.links -= 1;
    this.undo?.note([parent, node], [[parent, name]], () => {
      parent.entries.set(name, node);
      node.links += 1;
    });
    this.onChange({ removed: path, added: null, node });
  }

  mkdir(path: string): void {
    const parts = path.split('/');
    let node: Node = this.root;
    for (const [index, name] of parts.entries()) {
      if (node.kind !== 'directory') throw failure('ENOTDIR', path);
      let next = node.entries.get(name);
      if (next === undefined) {
        const parent: DirectoryNode = node;
        next = this.directory();
        this.enter(parent, name, next);
        this.undo?.note([parent, next], [[parent, name]], () => parent.entries.delete(name));
      } else if (next.kind !== 'directory' && index === parts.length - 1) {
        throw failure('EEXIST', path);
      }
      node = next;
    }
  }

  /** Everything below a directory, depth first. */
  *walk(path = '', node: Node | undefined = this.find(path)): Generator<[string, FileNode]> {
    if (node === undefined) return;
    if (node.kind !== 'directory') yield [path, node];
    else {
      for (const [name, child] of node.entries) {
        yield* this.walk(path === '' ? name : `${path}/${name}`, child);
      }
    }
  }

  private place(path: string): Place {
    const cut = path.lastIndexOf('/');
    const parent = cut === -1 ? this.root : this.find(path.slice(0, cut));
    if (parent === undefined) throw failure('ENOENT', path);
    if (parent.kind !== 'directory') throw failure('ENOTDIR', path);
    const name = path.slice(cut + 1);
    return { parent, name, node: parent.entries.get(name) };
  }

  private enter(parent: DirectoryNode, name: string, node: Node): void {
    parent.entries.set(name, node);
    parent.modifiedMs = this.nowMs();
  }

  private replace(node: Node, there: Node, to: string): void {
    if (there.kind === 'directory') {
      if (node.kind !== 'directory') throw failure('EISDIR', to);
      if (there.entries.size > 0) throw failure('ENOTEMPTY', to);
    } else {
      if (node.kind === 'directory') throw failure('ENOTDIR', to);
      there.links -= 1;
    }
  }

  private stamp(): { readonly inode: number; modifiedMs: number } {
    return { inode: this.inodes++, modifiedMs: this.nowMs() };
  }

  private directory(): DirectoryNode {
    return { ...this.stamp(), kind: 'directory', entries: new Map() };
  }
}
