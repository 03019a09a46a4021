// Reads one batch: a handful of directory listings, and no file per task.
import { applyCommand, COMMAND_ID, NO_CONTROL } from '../../protocol/command.ts';
import type { BatchControl } from '../../protocol/command.ts';
import type { Config } from '../../protocol/config.ts';
import { batchPath, privatePath } from '../../protocol/layout.ts';
import type { GroupRecord } from '../../protocol/task.ts';
import { readCommand } from '../inbox.ts';
import type { Store } from '../store.ts';
import { summaryPath } from './batches.ts';
import type { BatchPlace } from './batches.ts';
import { countGroups, headingOf, isAmbiguous, withStrangers } from './count.ts';
import type { GroupFacts } from './count.ts';
import { readGroupRecords, readHeadings } from './headings.ts';
import type { BrainBatch } from './headings.ts';
import type { BatchPicture, BatchState, Heading, ShortLanes, TaskPicture } from './model.ts';
import { readTasks } from './tasks.ts';

export interface BatchView {
  readonly place: BatchPlace;
  readonly waiting: readonly TaskPicture[];
  readonly lanes: ShortLanes;
  /** This batch in the brain's picture. */
  readonly known: BrainBatch | undefined;
  readonly retry: Config['retry'];
}

export async function readBatchPicture(store: Store, view: BatchView): Promise<BatchPicture> {
  const { place, known } = view;
  const { disk } = store;
  const { headings: planned, problem } = await readHeadings(disk, place, known);
  const records = isRecordNeeded(planned, known) ? await readGroupRecords(disk, place) : [];
  const recorded = new Map(
    records.flatMap(({ template, children }) => children.map(({ id }) => [id, template] as const)),
  );
  const byName = new Map(planned.map((heading) => [heading.task, heading]));
  const state = await readState(store, place);
  const tasks = await readTasks(disk, {
    ...view,
    headingOf: (id) => headingOf(id, byName, recorded),
    isClosed: state === 'closed',
  });
  const headings = withStrangers(planned, tasks);
  return {
    ...place,
    state,
    groups: countGroups(headings, tasks, factsOf(headings, records, known)),
    tasks: sortByPlan(headings, tasks),
    goal: known?.goal ?? null,
    elapsedMs: known?.elapsed_ms ?? null,
    problem,
  };
}

const groupIn = (known: BrainBatch | undefined, task: string) =>
  known?.groups.find((group) => group.task === task);

const isRecordNeeded = (headings: readonly Heading[], known: BrainBatch | undefined): boolean =>
  isAmbiguous(headings) ||
  headings.some(
    ({ task, isForeach }) => isForeach && (groupIn(known, task)?.total ?? null) === null,
  );

function factsOf(
  headings: readonly Heading[],
  records: readonly GroupRecord[],
  known: BrainBatch | undefined,
): Map<string, GroupFacts> {
  return new Map(
    headings.map(({ task }) => {
      const recorded = records.find(({ template }) => template === task)?.children.length;
      const group = groupIn(known, task);
      const total = recorded ?? group?.total ?? null;
      return [task, { total, durationMsMean: group?.duration_ms_mean ?? null }];
    }),
  );
}

function sortByPlan(headings: readonly Heading[], tasks: readonly TaskPicture[]): TaskPicture[] {
  const order = new Map(headings.map(({ task }, index) => [task, index]));
  const rank = ({ heading }: TaskPicture): number => order.get(heading) ?? headings.length;
  return tasks.toSorted((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
}

export async function readControl(
  store: Store,
  { plan, batch }: BatchPlace,
): Promise<BatchControl> {
  const folder = `${batchPath(plan, batch)}/commands`;
  const names = ((await store.disk.list(folder)) ?? []).filter(
    (name) => name.endsWith('.json') && COMMAND_ID.test(name.slice(0, -'.json'.length)),
  );
  let control = NO_CONTROL;
  for (const name of names.toSorted()) {
    const read = await readCommand(store, `${folder}/${name}`);
    if (read.is === 'ok') control = applyCommand(control, read.value);
  }
  return control;
}

async function readState(store: Store, place: BatchPlace): Promise<BatchState> {
  const { disk } = store;
  if ((await disk.stat(privatePath(place.batch))) === null) {
    return (await disk.stat(summaryPath(place))) === null ? 'accepted' : 'closed';
  }
  const { isPaused, isCancelled } = await readControl(store, place);
  if (isCancelled) return 'cancelling';
  return isPaused ? 'paused' : 'running';
}
