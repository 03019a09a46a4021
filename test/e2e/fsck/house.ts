// What a real run left behind, and copies of it to do harm to.
import { cpSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { createDisk } from '../../../agents/store/real-disk.ts';
import { createStore } from '../../../agents/store/store.ts';
import type { Store } from '../../../agents/store/store.ts';
import { eventually } from '../../helpers/eventually.ts';
import { planText, writeManifest } from '../../helpers/plan-text.ts';
import * as play from '../../helpers/plays.ts';
import { openRig } from '../../helpers/rig.ts';
import { pathsBelow } from '../../helpers/tree.ts';

export interface Base {
  readonly root: string;
  /** Folders of a closed batch, and of an open one of which one task is queued and one waits. */
  readonly closed: string;
  readonly open: string;
}

const each = { foreach: '{BATCH_PATH}/items.jsonl', depends_on: 'list' };
const FULL = planText({
  list: { command: writeManifest(3) },
  each: { ...each, command: 'echo {ITEM.id}' },
  flaky: { command: '[ "$TUTTI_ATTEMPT" -ge 2 ]' },
  broken: { command: 'false', retries: 0 },
  below: { command: 'true', depends_on: 'broken' },
});
const WAITING = planText({
  first: { command: 'true' },
  later: { command: 'true', depends_on: 'first' },
});

export async function makeBase(): Promise<Base> {
  const rig = await openRig();
  const closed = await play.submit(rig, FULL);
  await play.verdictOf(rig, closed);
  for (const { name } of rig.agents) await rig.stop(rig.running(name));
  const open = await play.submit(rig, WAITING);
  await eventually('a task is queued', () => play.placeOf(rig, open, 'first')?.lane === 'queue');
  await rig.stop(rig.running('brain'));
  const root = mkdtempSync(join(tmpdir(), 'tutti-fsck-'));
  cpSync(rig.shared, join(root, 'shared'), { recursive: true });
  await rig.close();
  return { root, closed: play.folderOf(closed), open: play.folderOf(open) };
}

export interface House extends Base {
  readonly shared: string;
  readonly store: Store;
  at(path: string): string;
  /** Answers the path. */
  put(path: string, text: string): string;
  /** The one file whose path matches. */
  find(pattern: RegExp): string;
  move(from: string, to: string): void;
}

export function copyOf(base: Base): House {
  const shared = mkdtempSync(join(base.root, 'copy-'));
  cpSync(join(base.root, 'shared'), shared, { recursive: true });
  const at = (path: string): string => join(shared, path);
  return {
    ...base,
    shared,
    store: createStore(createDisk(shared, false), false, 'inbox/.staging', 'fsck-test'),
    at,
    put(path, text) {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), text);
      return path;
    },
    find(pattern) {
      const found = pathsBelow(shared).filter((path) => pattern.test(path));
      expect(found, String(pattern)).toHaveLength(1);
      return found[0]!;
    },
    move: (from, to) => renameSync(at(from), at(to)),
  };
}
