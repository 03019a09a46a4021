// Where the tasks are: every file of every lane, with its name taken apart.
import { join } from 'node:path';
import {
  parseClaim,
  parseComplete,
  parseFailed,
  parsePrivate,
  parseQueue,
} from '../../agents/protocol/lane-name.ts';
import type { Counts } from '../../agents/protocol/lane-name.ts';
import { namesIn, pathsBelow } from './tree.ts';

export type LaneName = 'private' | 'queue' | 'processing' | 'complete' | 'failed';

export interface LaneFile {
  readonly lane: LaneName;
  /** Relative to shared/. */
  readonly path: string;
  readonly batch: string;
  readonly task: string;
  readonly counts: Counts;
  /** Who holds it in processing, or whom the next attempt avoids. */
  readonly agent?: string;
  readonly avoid?: string;
  readonly reason?: string;
}

export interface Lanes {
  readonly files: readonly LaneFile[];
  /** What follows no grammar; group records and the probes of store.ts are left out. */
  readonly strays: readonly string[];
}

interface Parsed {
  readonly task: string;
  readonly counts: Counts;
  readonly batch?: string;
  readonly agent?: string;
  readonly avoid?: string;
  readonly reason?: string;
}

/** `plans/<plan>/batches/<batch>` of every accepted batch; a plan may lie one folder deeper. */
export const batchPaths = (shared: string): string[] => {
  const below = (folder: string): string[] =>
    namesIn(join(shared, folder, 'batches')).map((batch) => `${folder}/batches/${batch}`);
  const outer = namesIn(join(shared, 'plans')).map((name) => `plans/${name}`);
  const inner = outer.flatMap((folder) =>
    namesIn(join(shared, folder)).map((name) => `${folder}/${name}`),
  );
  return [...outer, ...inner].flatMap(below);
};

const isProbe = (name: string): boolean => name.startsWith('.fresh-');

export function readLanes(shared: string): Lanes {
  const files: LaneFile[] = [];
  const strays: string[] = [];
  const read = (
    lane: LaneName,
    folder: string,
    parse: (name: string) => Parsed | null,
    of = '',
  ): void => {
    for (const name of namesIn(join(shared, folder))) {
      const parsed = parse(name);
      const path = `${folder}/${name}`;
      if (parsed !== null) files.push({ lane, path, batch: of, ...parsed });
      else if (!(lane === 'private' && name.endsWith('.group.json')) && !isProbe(name)) {
        strays.push(path);
      }
    }
  };
  // In the order in which tasks move, so that one on its way is seen at least once.
  for (const batch of namesIn(join(shared, 'brain/private_tasks'))) {
    read('private', `brain/private_tasks/${batch}`, parsePrivate, batch);
  }
  for (const path of batchPaths(shared)) {
    read('private', `${path}/tasks`, parsePrivate, path.slice(path.lastIndexOf('/') + 1));
  }
  read('queue', 'tasks/queue', parseQueue);
  read('processing', 'tasks/processing', parseClaim);
  for (const [lane, parse] of [
    ['complete', parseComplete],
    ['failed', parseFailed],
  ] as const) {
    for (const batch of namesIn(join(shared, 'tasks', lane))) {
      read(lane, `tasks/${lane}/${batch}`, parse, batch);
    }
  }
  return { files, strays };
}

/** Temporary files in the places where publishers write before they rename, and probes that were left. */
export function temporaryFiles(shared: string): string[] {
  const stagings = [
    'inbox/.staging',
    ...['gpus', 'cpus'].flatMap((kind) =>
      namesIn(join(shared, kind)).map((name) => `${kind}/${name}/tmp`),
    ),
  ];
  const staged = stagings.flatMap((path) =>
    namesIn(join(shared, path)).map((name) => `${path}/${name}`),
  );
  // Each brain has a folder of its own there; what lies in it, or beside it, was never published.
  const brain = pathsBelow(shared, 'brain/staging').filter((path) => !/\/(gone-)?e\d+$/.test(path));
  const probes = pathsBelow(shared).filter((path) => path.includes('/.fresh-'));
  return [...staged, ...brain, ...probes];
}
