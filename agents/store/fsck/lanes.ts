// Every file of every lane, with its name taken apart. Of a closed batch also what rests in its folder, and
// what an interrupted `tutti gc` gathered there.
import {
  parseClaim,
  parseComplete,
  parseFailed,
  parsePrivate,
  parseQueue,
} from '../../protocol/lane-name.ts';
import type { Counts } from '../../protocol/lane-name.ts';
import { COMPLETE, FAILED, PRIVATE, PROCESSING, QUEUE } from '../../protocol/layout.ts';
import type { Lane } from '../../protocol/transitions.ts';
import type { Tree } from './tree.ts';

export interface LaneFile {
  readonly lane: Exclude<Lane, 'quarantine'>;
  readonly path: string;
  readonly batch: string;
  readonly task: string;
  readonly counts: Counts;
  readonly agent?: string;
  readonly reason?: string;
}

interface Name {
  readonly task: string;
  readonly counts: Counts;
  readonly batch?: string;
  readonly agent?: string;
  readonly reason?: string;
}

interface LanePattern {
  readonly lane: LaneFile['lane'];
  /** Two groups: the batch, or nothing, and the file's name. */
  readonly path: RegExp;
  readonly parse: (file: string) => Name | null;
}

const short = (folder: string): RegExp => new RegExp(`^${folder}/()([^/]+)$`);
const byBatch = (folder: string): RegExp => new RegExp(`^${folder}/([^/]+)/([^/]+)$`);
const RESTING = '^plans/.+/batches/([^/]+)/tasks';

const PATTERNS: readonly LanePattern[] = [
  { lane: 'private', path: byBatch(PRIVATE), parse: parsePrivate },
  { lane: 'private', path: new RegExp(`${RESTING}/([^/]+)$`), parse: parsePrivate },
  { lane: 'queue', path: short(QUEUE), parse: parseQueue },
  { lane: 'processing', path: short(PROCESSING), parse: parseClaim },
  { lane: 'complete', path: byBatch(COMPLETE), parse: parseComplete },
  { lane: 'complete', path: new RegExp(`${RESTING}/complete/([^/]+)$`), parse: parseComplete },
  { lane: 'failed', path: byBatch(FAILED), parse: parseFailed },
  { lane: 'failed', path: new RegExp(`${RESTING}/failed/([^/]+)$`), parse: parseFailed },
];

/** Null for a file that is in no lane. */
export function parseLanePath(path: string): LaneFile | null {
  for (const pattern of PATTERNS) {
    const [, batch, file] = pattern.path.exec(path) ?? [];
    if (batch === undefined || file === undefined) continue;
    const name = pattern.parse(file);
    if (name !== null) return { lane: pattern.lane, path, batch, ...name };
  }
  return null;
}

export const laneFilesOf = (tree: Tree): LaneFile[] =>
  [...tree.files.keys()].flatMap((path) => parseLanePath(path) ?? []);

const ORDER: readonly LaneFile['lane'][] = ['private', 'queue', 'processing', 'failed', 'complete'];

/** Of several files of one task the one that counts comes first: the highest attempt, then the latest lane. */
export const byClaim = (one: LaneFile, other: LaneFile): number =>
  other.counts.attempt - one.counts.attempt || ORDER.indexOf(other.lane) - ORDER.indexOf(one.lane);

export function groupBy(
  files: readonly LaneFile[],
  keyOf: (file: LaneFile) => string,
): Map<string, LaneFile[]> {
  const groups = new Map<string, LaneFile[]>();
  for (const file of files) {
    const group = groups.get(keyOf(file));
    if (group === undefined) groups.set(keyOf(file), [file]);
    else group.push(file);
  }
  return groups;
}
