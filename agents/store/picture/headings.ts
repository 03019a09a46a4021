// The graph of a batch and the children of its templates. The headings of a batch never change, so the
// brain's picture of them is as good as the plan snapshot and spares parsing it.
import { SUMMARY_TASK } from '../../protocol/ids.ts';
import { archivedPrivatePath, batchPath, privatePath } from '../../protocol/layout.ts';
import type { BrainState } from '../../protocol/state.ts';
import { groupRecordSchema } from '../../protocol/task.ts';
import type { GroupRecord } from '../../protocol/task.ts';
import type { Disk } from '../disk.ts';
import { readRecord } from '../records.ts';
import type { BatchPlace } from './batches.ts';
import type { Heading } from './model.ts';

const PLAN_BYTES_MAX = 4_194_304;
const GROUP_SUFFIX = '.group.json';
/** As large as the manifest of a foreach may be (`brain.manifestBytesMax`) and its ids. */
const GROUP_BYTES_MAX = 536_870_912;

export type BrainBatch = BrainState['batches'][number];

export interface Headings {
  readonly headings: readonly Heading[];
  readonly problem: string | null;
}

export async function readHeadings(
  disk: Disk,
  place: BatchPlace,
  known: BrainBatch | undefined,
): Promise<Headings> {
  if (known !== undefined && known.groups.length > 0) {
    const headings = known.groups.map((group) => ({
      task: group.task,
      isForeach: group.foreach,
      dependsOn: group.depends_on,
    }));
    return { headings: withoutSummary(headings), problem: null };
  }
  return parseHeadings(disk, place);
}

const withoutSummary = (headings: readonly Heading[]): Heading[] =>
  headings.filter(({ task }) => task !== SUMMARY_TASK);

async function parseHeadings(disk: Disk, place: BatchPlace): Promise<Headings> {
  const path = `${batchPath(place.plan, place.batch)}/plan.md`;
  const text = await disk.read(path, PLAN_BYTES_MAX).catch(() => null);
  if (text === null) return { headings: [], problem: `${path} cannot be read` };
  const { parsePlan } = await import('../../protocol/plan/parse.ts');
  try {
    const { tasks } = parsePlan(text, path);
    const headings = tasks.map((task) => ({
      task: task.name,
      isForeach: task.foreach !== undefined,
      dependsOn: task.depends_on,
    }));
    return { headings, problem: null };
  } catch (error) {
    return { headings: [], problem: (error as Error).message };
  }
}

/** The frozen children of every expanded template; of a closed batch where they rest. */
export async function readGroupRecords(disk: Disk, place: BatchPlace): Promise<GroupRecord[]> {
  const records: GroupRecord[] = [];
  for (const folder of [privatePath(place.batch), archivedPrivatePath(place.plan, place.batch)]) {
    const names = (await disk.list(folder)) ?? [];
    for (const name of names.filter((one) => one.endsWith(GROUP_SUFFIX))) {
      const path = `${folder}/${name}`;
      const read = await readRecord(disk, path, groupRecordSchema, GROUP_BYTES_MAX);
      if (read.is === 'ok') records.push(read.value);
    }
  }
  return records;
}
