// One look at a shared/: everything that the checks compare.
import type { Store } from '../store.ts';
import { readBatches } from './batches.ts';
import type { BatchFacts } from './batches.ts';
import { laneFilesOf } from './lanes.ts';
import type { LaneFile } from './lanes.ts';
import { readOwners } from './owners.ts';
import type { HostView, Owners } from './owners.ts';
import { readTree } from './tree.ts';
import type { Tree } from './tree.ts';

export interface Scene {
  readonly store: Store;
  readonly tree: Tree;
  readonly batches: ReadonlyMap<string, BatchFacts>;
  readonly lanes: readonly LaneFile[];
  readonly owners: Owners;
  /** By the wall clock of this host, for the age of temporary files only. */
  readonly nowMs: number;
  readonly staleMs: number;
}

export interface LookOptions {
  readonly view: HostView;
  readonly nowMs: number;
  readonly staleMs: number;
}

export async function readScene(store: Store, options: LookOptions): Promise<Scene> {
  const { view, nowMs, staleMs } = options;
  const tree = await readTree(store.disk);
  const batches = await readBatches(store.disk, tree);
  // Last of all: an agent publishes its heartbeat before it claims.
  const owners = await readOwners(store, view);
  return { store, tree, batches, lanes: laneFilesOf(tree), owners, nowMs, staleMs };
}
