// What must be true of a shared/ at any moment, whoever was killed when (docs/ARCHITECTURE.md, invariants):
// each task in exactly one lane, every file readable or in quarantine with a reason, every outcome with its
// record, no temporary file. Answers sentences; none is good.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { attemptRecordSchema } from '../../agents/protocol/attempt.ts';
import type { AttemptRecord } from '../../agents/protocol/attempt.ts';
import type { Summary } from '../../agents/protocol/batch.ts';
import { parseQueue } from '../../agents/protocol/lane-name.ts';
import { parsePlan } from '../../agents/protocol/plan/parse.ts';
import { groupRecordSchema, taskSchema } from '../../agents/protocol/task.ts';
import type { GroupRecord } from '../../agents/protocol/task.ts';
import { batchPaths, readLanes, temporaryFiles } from './lanes.ts';
import type { LaneFile } from './lanes.ts';
import { jsonOf, namesIn, textOf } from './tree.ts';

export interface Allowed {
  /** Paths that the test itself put there, and that everybody must ignore. */
  readonly strays?: RegExp;
  /** Processes run, or were killed: what they are, or were, writing may lie in their staging places. */
  readonly isStaging?: boolean;
}

export function breachesIn(shared: string, allowed: Allowed = {}): string[] {
  const isForeign = (path: string): boolean => allowed.strays?.test(path) ?? false;
  const { files, strays } = readLanes(shared);
  const own = files.filter(({ path }) => !isForeign(path));
  const temporary = allowed.isStaging === true ? [] : temporaryFiles(shared);
  return [
    ...strays
      .filter((path) => !isForeign(path))
      .map((path) => `${path}: its name follows no grammar`),
    ...own.flatMap((file) => damageOf(shared, file)),
    ...batchPaths(shared).flatMap((path) => placesOf(shared, path, own)),
    ...recordsOf(shared, own),
    ...quarantineOf(shared).filter((breach) => !isForeign(breach.slice(0, breach.indexOf(': ')))),
    ...temporary.filter((path) => !isForeign(path)).map((path) => `${path}: left behind`),
  ];
}

/** A file that a writer still moves is no breach: it is looked up again under its next name. */
function damageOf(shared: string, { path, batch, task }: LaneFile): string[] {
  try {
    if (!lstatSync(join(shared, path)).isFile()) return [`${path}: no regular file`];
    const text = textOf(join(shared, path));
    if (text === null) return [];
    const content = taskSchema.parse(JSON.parse(text));
    const isIt = content.batch === batch && content.id === task;
    return isIt ? [] : [`${path}: its content is ${content.batch}/${content.id}`];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    return [`${path}: ${(error as Error).message}`];
  }
}

interface Expected {
  readonly plain: readonly string[];
  readonly templates: ReadonlyMap<string, GroupRecord | null>;
}

/** The tasks that the snapshot of an accepted batch and its group records promise. */
function expectedOf(shared: string, path: string, batch: string): Expected {
  const plan = parsePlan(textOf(join(shared, path, 'plan.md'))!, 'plan.md');
  const headings = plan.tasks.map(({ name, foreach }) => ({
    name,
    isForeach: foreach !== undefined,
  }));
  const groupOf = (name: string): GroupRecord | null => {
    for (const folder of [`brain/private_tasks/${batch}`, `${path}/tasks`]) {
      const record = jsonOf(join(shared, folder, `${name}.group.json`));
      if (record !== null) return groupRecordSchema.parse(record);
    }
    return null;
  };
  return {
    plain: [...headings.map(({ name }) => name), 'batch_summary'],
    templates: new Map(
      headings.filter(({ isForeach }) => isForeach).map(({ name }) => [name, groupOf(name)]),
    ),
  };
}

function placesOf(shared: string, path: string, files: readonly LaneFile[]): string[] {
  const batch = path.slice(path.lastIndexOf('/') + 1);
  const summary = jsonOf(join(shared, path, 'RUN_SUMMARY.json')) as Summary | null;
  // A folder without a snapshot was made for the records of a task that no batch stands behind.
  const isBatch = textOf(join(shared, path, 'plan.md')) !== null;
  if (summary?.verdict === 'rejected' || !isBatch) return [];
  const { plain, templates } = expectedOf(shared, path, batch);
  const places = new Map<string, LaneFile[]>();
  for (const file of files.filter((one) => one.batch === batch)) {
    places.set(file.task, [...(places.get(file.task) ?? []), file]);
  }
  const known = new Set(plain);
  const breaches: string[] = [];
  const check = (task: string, isOptional: boolean): void => {
    known.add(task);
    const found = places.get(task)?.map((file) => file.path) ?? quarantined(shared, batch, task);
    if (found.length === 1 || (found.length === 0 && isOptional)) return;
    breaches.push(`${batch}/${task}: in ${found.length} lanes: ${found.join(', ')}`);
  };
  for (const task of plain) check(task, false);
  for (const [name, group] of templates) {
    const [template] = places.get(name) ?? [];
    // Children get their files when they are released; those that never were end with their template.
    const mayWait = template?.lane !== 'complete' && template?.reason !== 'children_failed';
    for (const child of group?.children ?? []) check(child.id, mayWait || hasGoal(shared, path));
  }
  const strangers = [...places.keys()].filter((task) => !known.has(task));
  return [...breaches, ...strangers.map((task) => `${batch}/${task}: no task of this batch`)];
}

/** Not yet restored. */
const quarantined = (shared: string, batch: string, task: string): string[] =>
  namesIn(join(shared, 'tasks/quarantine')).filter((file) => {
    const name = parseQueue(file);
    return name?.batch === batch && name.task === task;
  });

const hasGoal = (shared: string, path: string): boolean =>
  parsePlan(textOf(join(shared, path, 'plan.md'))!, 'plan.md').goal !== undefined;

/** What ran and came to rest has one record with the same outcome, and nothing completed twice. */
function recordsOf(shared: string, files: readonly LaneFile[]): string[] {
  const folders = new Map(
    batchPaths(shared).map((path) => [path.slice(path.lastIndexOf('/') + 1), path]),
  );
  const breaches: string[] = [];
  const completions = new Map<string, string[]>();
  for (const [batch, path] of folders) {
    for (const name of namesIn(join(shared, path, 'attempts'))) {
      if (!name.endsWith('.json') || /\.(late|items|prompt)\.json$/.test(name)) continue;
      const record: AttemptRecord = attemptRecordSchema.parse(
        jsonOf(join(shared, path, 'attempts', name)),
      );
      if (record.outcome !== 'complete') continue;
      const key = `${batch}/${record.task}`;
      completions.set(key, [...(completions.get(key) ?? []), name]);
    }
  }
  for (const { lane, batch, task, counts, reason, path } of files) {
    const isDecided = ['skipped', 'cancelled', 'lost', 'children_failed'].includes(reason ?? '');
    if (!['complete', 'failed'].includes(lane) || counts.attempt === 0 || isDecided) continue;
    const folder = folders.get(batch);
    if (folder === undefined) continue;
    const file = join(shared, folder, 'attempts', `${task}.a${counts.attempt}.json`);
    const record = jsonOf(file) as AttemptRecord | null;
    const outcome = reason ?? 'complete';
    if (record?.outcome !== outcome) breaches.push(`${path}: its record says ${record?.outcome}`);
    const done = completions.get(`${batch}/${task}`) ?? [];
    if (done.length > 1)
      breaches.push(`${path}: completed ${done.length} times: ${done.join(', ')}`);
  }
  return breaches;
}

function quarantineOf(shared: string): string[] {
  const names = namesIn(join(shared, 'tasks/quarantine'));
  return names
    .filter((name) => !name.endsWith('.reason.json') && !names.includes(`${name}.reason.json`))
    .map((name) => `tasks/quarantine/${name}: no reason beside it`);
}
