// What the file system in memory is made of.

export interface FileNode {
  readonly kind: 'file' | 'other';
  readonly inode: number;
  text: string;
  links: number;
  modifiedMs: number;
  /** What a loss of power leaves for sure; null when nothing was ever synced. */
  durable: string | null;
}

export interface DirectoryNode {
  readonly kind: 'directory';
  readonly inode: number;
  readonly entries: Map<string, Node>;
  modifiedMs: number;
}

export type Node = FileNode | DirectoryNode;
