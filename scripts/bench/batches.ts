// What a scenario does with its stage, and what it reads of it afterwards: a submission as the CLI makes it,
// the end of the batch, the records of the attempts, the stamps that the commands wrote.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realClock, realRandom } from '../../agents/process/clock.ts';
import type { AttemptRecord } from '../../agents/protocol/attempt.ts';
import type { Batch, Summary } from '../../agents/protocol/batch.ts';
import { formatBatchId } from '../../agents/protocol/ids.ts';
import { parseClaim } from '../../agents/protocol/lane-name.ts';
import type { ClaimName } from '../../agents/protocol/lane-name.ts';
import { archivedPrivatePath, batchPath, PROCESSING } from '../../agents/protocol/layout.ts';
import { submit } from '../../agents/store/inbox.ts';
import { readJson } from './stage.ts';
import type { Stage } from './stage.ts';
import { eventually } from './waiting.ts';

const PLAN = 'bench';

/** Publishes a plan as the CLI does; answers the batch. */
export async function submitPlan({ store }: Pick<Stage, 'store'>, text: string): Promise<string> {
  const batch: Batch = {
    v: 1,
    id: formatBatchId(PLAN, realClock.wall(), realRandom.text(5)),
    plan: PLAN,
    config: {},
    priority: 5,
    submitted_at: realClock.wall().toISOString(),
    submitted_by: 'bench',
  };
  await submit(store, batch, text);
  return batch.id;
}

/** Absolute path of the folder of a batch. */
export const folderOf = ({ store }: Pick<Stage, 'store'>, batch: string): string =>
  store.disk.absolute(batchPath(PLAN, batch));

/** Resolves with its verdict when the batch is closed: the last step of its life moves its private files. */
export async function ended(stage: Stage, batch: string, deadlineMs = 600_000): Promise<Summary> {
  const path = archivedPrivatePath(PLAN, batch);
  await eventually(
    `the end of ${batch}`,
    async () => ((await stage.store.disk.stat(path)) === null ? null : true),
    deadlineMs,
  );
  return (await readJson<Summary>(join(folderOf(stage, batch), 'RUN_SUMMARY.json')))!;
}

/** The same for a batch that has to be complete. @throws when it is not */
export async function closed(stage: Stage, batch: string, deadlineMs?: number): Promise<void> {
  const { verdict, reason } = await ended(stage, batch, deadlineMs);
  if (verdict !== 'complete') throw new Error(`${batch} ended as ${verdict}: ${reason}`);
}

/** Who holds the task; waits until somebody does. */
export const claimOf = (stage: Stage, batch: string, task: string): Promise<ClaimName> =>
  eventually(`a claim of ${task}`, async () => {
    const names = (await stage.store.disk.list(PROCESSING)) ?? [];
    const claims = names.flatMap((name) => parseClaim(name) ?? []);
    return claims.find((claim) => claim.batch === batch && claim.task === task) ?? null;
  });

/** Run files of a batch: each stands for a worker that has started. */
export const runsOf = async (stage: Stage, batch: string): Promise<string[]> =>
  (await readdir(join(folderOf(stage, batch), 'attempts'))).filter((name) => name.endsWith('.run'));

/** The attempts of tasks whose id starts like this, in the order in which they ended. */
export async function attemptsOf(
  stage: Stage,
  batch: string,
  prefix: string,
): Promise<AttemptRecord[]> {
  const folder = join(folderOf(stage, batch), 'attempts');
  const names = (await readdir(folder)).filter(
    (name) => name.startsWith(prefix) && /\.a\d+\.json$/.test(name),
  );
  const records: AttemptRecord[] = [];
  for (const name of names) records.push((await readJson<AttemptRecord>(join(folder, name)))!);
  return records.toSorted((a, b) => Date.parse(a.finished_at) - Date.parse(b.finished_at));
}

/** What commands that are STAMP wrote into their logs, in ms of the wall clock, the earliest first. */
export async function stampsOf(stage: Stage, batch: string): Promise<number[]> {
  const folder = join(folderOf(stage, batch), 'logs');
  const texts = await Promise.all(
    (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
  );
  return texts.map((text) => Number(text.trim()) / 1e6).toSorted((a, b) => a - b);
}
