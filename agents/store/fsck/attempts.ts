// Attempts: what ran belongs to a task, what came to rest has a record with the same outcome, and no other
// record says that the task completed.
import type { AttemptRecord } from '../../protocol/attempt.ts';
import { attemptPaths } from '../../protocol/layout.ts';
import { readAttempt } from '../attempts.ts';
import { nothing, QUARANTINED } from './breach.ts';
import type { Breach } from './breach.ts';
import type { BatchFacts } from './batches.ts';
import { byClaim } from './lanes.ts';
import type { LaneFile } from './lanes.ts';
import type { Scene } from './scene.ts';

const SIDE_FILE =
  /^plans\/.+\/batches\/([^/]+)\/(?:attempts|logs)\/(.+)\.a(\d+)\.(json|late\.json|run|sh|items\.json|prompt\.json|sample\.json|log)$/;
/**
 * Ends of a task that no attempt has a record of: the brain decided, or the agent was lost. The record of one that
 * is not rated yet is written anew a moment before its file moves.
 */
const WITHOUT_RECORD: ReadonlySet<string> = new Set([
  'skipped',
  'cancelled',
  'children_failed',
  'lost',
  'unrated',
]);

export async function checkAttempts(
  scene: Scene,
  records: ReadonlyMap<string, AttemptRecord>,
): Promise<Breach[]> {
  const current = new Map<string, LaneFile>();
  for (const file of scene.lanes.toSorted(byClaim)) {
    const key = `${file.batch}/${file.task}`;
    if (!current.has(key)) current.set(key, file);
  }
  const breaches: Breach[] = [];
  for (const path of scene.tree.files.keys()) {
    const [, batch = '', task = '', attempt = '', ending] = SIDE_FILE.exec(path) ?? [];
    const facts = scene.batches.get(batch);
    if (ending === undefined || facts === undefined || facts.promised === null) continue;
    const file = current.get(`${batch}/${task}`);
    if (file === undefined) breaches.push(...ofNoTask(facts, path, task));
    else if (ending === 'json') {
      breaches.push(...uncounted(path, records.get(path), Number(attempt), file));
    }
  }
  for (const file of scene.lanes) breaches.push(...(await withoutRecord(scene, file, records)));
  return breaches;
}

function ofNoTask({ promised, batch }: BatchFacts, path: string, task: string): Breach[] {
  const { plain = [], children = new Map<string, null>() } = promised ?? {};
  const isTask = plain.includes(task) || [...children.values()].some((ids) => ids?.includes(task));
  // A task that lies in no lane is a breach of its own.
  if (isTask || children.has(task)) return [];
  const problem = `batch ${batch} has no task ${task}`;
  return [{ kind: 'orphan_record', path, problem, repair: QUARANTINED }];
}

/** Its claim was taken back before it could be committed, and its agent died before it could say so. */
function uncounted(
  path: string,
  record: AttemptRecord | undefined,
  attempt: number,
  { counts, path: at }: LaneFile,
): Breach[] {
  if (record?.outcome !== 'complete' || attempt === counts.attempt) return [];
  const problem = `it says complete and never counted: ${at} is attempt ${counts.attempt}`;
  const to = path.replace(/\.json$/, '.late.json');
  return [{ kind: 'orphan_record', path, problem, repair: { is: 'set_aside', to } }];
}

async function withoutRecord(
  { store, batches }: Scene,
  { lane, path, batch, task, counts, reason = 'complete' }: LaneFile,
  records: ReadonlyMap<string, AttemptRecord>,
): Promise<Breach[]> {
  const { attempt } = counts;
  const facts = batches.get(batch);
  if ((lane !== 'complete' && lane !== 'failed') || facts === undefined) return [];
  if (attempt === 0 || WITHOUT_RECORD.has(reason)) return [];
  const { record: at } = attemptPaths(facts.plan, batch, task, attempt);
  let known = records.get(at);
  if (known === undefined) {
    // It may be younger than the listing.
    const read = await readAttempt(store, facts.plan, batch, task, attempt);
    // A damaged one is a breach of its own.
    if (read.is === 'damaged') return [];
    known = read.is === 'ok' ? read.value : undefined;
  }
  if (known?.outcome === reason) return [];
  const problem =
    known === undefined ? `there is no ${at}` : `its record says ${known.outcome}: ${at}`;
  return [{ kind: 'no_record', path, problem, repair: nothing('its name counts as it is') }];
}
