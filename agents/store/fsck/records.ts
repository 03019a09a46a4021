// Records: each is JSON of its schema, and says the same as its name. What is in a final lane counts by
// its name alone, so damage there is told and left.
import type { z } from 'zod';
import { attemptRecordSchema } from '../../protocol/attempt.ts';
import type { AttemptRecord } from '../../protocol/attempt.ts';
import { batchSchema, summarySchema } from '../../protocol/batch.ts';
import { commandSchema } from '../../protocol/command.ts';
import { epochSchema } from '../../protocol/epoch.ts';
import { heartbeatSchema } from '../../protocol/heartbeat.ts';
import { learnedVramSchema } from '../../protocol/learned-vram.ts';
import { PROCESS_LOGS, launchSchema } from '../../protocol/launch.ts';
import { signalSchema } from '../../protocol/signal.ts';
import { stateSchema } from '../../protocol/state.ts';
import { groupRecordSchema, taskSchema } from '../../protocol/task.ts';
import { readRecord } from '../records.ts';
import { nothing, QUARANTINED } from './breach.ts';
import type { Breach, Repair } from './breach.ts';
import { parseLanePath } from './lanes.ts';
import type { LaneFile } from './lanes.ts';
import type { Scene } from './scene.ts';

type Says = Readonly<Record<string, unknown>>;

interface RecordRow {
  readonly path: RegExp;
  readonly schema: z.ZodType<Says>;
  /** What the record must say about itself, from the groups of `path`. */
  readonly expected: (groups: readonly string[]) => Says;
  readonly repair: Repair;
}

const BYTES_MAX = 536_870_912;
const BATCH = '^plans/(.+)/batches/([^/]+)';
const BY_BRAIN = nothing('the brain sets it aside with its reason when it looks');
const BY_PERSON = nothing('a person must put it back; what it says is nowhere else');
const HISTORY = nothing('what it says is nowhere else, and nothing depends on it');

const row = (
  path: string,
  schema: z.ZodType<Says>,
  repair: Repair,
  expected: RecordRow['expected'] = () => ({}),
): RecordRow => ({ path: new RegExp(path), schema, repair, expected });

const ROWS: readonly RecordRow[] = [
  row(`${BATCH}/batch\\.json$`, batchSchema, BY_PERSON, ([plan, id]) => ({ plan, id })),
  row(`${BATCH}/RUN_SUMMARY[^/]*\\.json$`, summarySchema, HISTORY, ([plan, batch]) => ({
    plan,
    batch,
  })),
  row(`${BATCH}/commands/([^/]+)\\.json$`, commandSchema, BY_PERSON, ([, batch, id]) => ({
    batch,
    id,
  })),
  row('^inbox/([^/]+)/batch\\.json$', batchSchema, BY_BRAIN, ([id]) => ({ id })),
  row('^inbox/([^/]+)\\.command\\.json$', commandSchema, BY_BRAIN, ([id]) => ({ id })),
  row(
    '^brain/private_tasks/([^/]+)/([^/]+)\\.group\\.json$',
    groupRecordSchema,
    BY_PERSON,
    ([batch, template]) => ({ batch, template }),
  ),
  row('^brain/epochs/(\\d+)\\.json$', epochSchema, HISTORY, ([epoch]) => ({
    epoch: Number(epoch),
  })),
  // The process that owns it writes it anew.
  row('^brain/state\\.json$', stateSchema, QUARANTINED),
  row('^brain/learned_vram\\.json$', learnedVramSchema, QUARANTINED),
  row('^(gpu|cpu)s/([^/]+)/heartbeat\\.json$', heartbeatSchema, QUARANTINED, ([kind, agent]) => ({
    kind,
    agent,
  })),
  row(`^${PROCESS_LOGS}/[^/]+\\.launch\\.json$`, launchSchema, QUARANTINED),
  row('^signals/[^/]+\\.json$', signalSchema, nothing('its name says enough; its agent takes it')),
  row('^signals/done/[^/]+\\.json$', signalSchema, HISTORY),
];

const ATTEMPT = /^plans\/(.+)\/batches\/([^/]+)\/attempts\/(.+)\.a(\d+)(\.late)?\.json$/;

export interface Checked {
  readonly breaches: readonly Breach[];
  /** Attempt records that can be read, by path. */
  readonly attempts: ReadonlyMap<string, AttemptRecord>;
}

export async function checkRecords(scene: Scene): Promise<Checked> {
  const breaches: Breach[] = [];
  const attempts = new Map<string, AttemptRecord>();
  for (const path of scene.tree.files.keys()) {
    const lane = parseLanePath(path);
    const attempt = lane === null ? ATTEMPT.exec(path) : null;
    if (lane !== null) breaches.push(...(await checkTask(scene, lane)));
    else if (attempt !== null) {
      const [, plan, batch, task, number] = attempt;
      const expected = { plan, batch, task, attempt: Number(number) };
      const checked = await check(scene, path, attemptRecordSchema, expected, QUARANTINED);
      if (checked.value === null) breaches.push(...checked.breaches);
      else attempts.set(path, checked.value);
    } else breaches.push(...(await checkRow(scene, path)));
  }
  return { breaches, attempts };
}

async function checkRow(scene: Scene, path: string): Promise<readonly Breach[]> {
  for (const { path: pattern, schema, expected, repair } of ROWS) {
    const groups = pattern.exec(path)?.slice(1);
    if (groups === undefined) continue;
    return (await check(scene, path, schema, expected(groups), repair)).breaches;
  }
  return [];
}

const checkTask = async (scene: Scene, file: LaneFile): Promise<readonly Breach[]> => {
  const expected = { batch: file.batch, id: file.task };
  return (await check(scene, file.path, taskSchema, expected, repairOf(file))).breaches;
};

/** What an agent does when it claims it: under this name the brain finds it and writes it anew. */
function repairOf({ lane, path }: LaneFile): Repair {
  switch (lane) {
    case 'queue':
      return { is: 'quarantine', name: path.slice(path.lastIndexOf('/') + 1) };
    case 'processing':
      return nothing('its agent holds it; it goes to quarantine when it is claimed again');
    default:
      return nothing('its name counts; it goes to quarantine and is written anew if it runs again');
  }
}

async function check<T extends Says>(
  { store }: Scene,
  path: string,
  schema: z.ZodType<T>,
  expected: Says,
  repair: Repair,
): Promise<{ readonly breaches: readonly Breach[]; readonly value: T | null }> {
  const read = await readRecord(store.disk, path, schema, BYTES_MAX);
  // It moved on since it was listed.
  if (read.is === 'missing') return { breaches: [], value: null };
  if (read.is === 'damaged') {
    const breach: Breach = { kind: 'unreadable', path, problem: read.problem, repair };
    return { breaches: [breach], value: null };
  }
  const wrong = Object.keys(expected).find((key) => read.value[key] !== expected[key]);
  if (wrong === undefined) return { breaches: [], value: read.value };
  const problem = `its ${wrong} is ${JSON.stringify(read.value[wrong])}, its name says ${JSON.stringify(expected[wrong])}`;
  return { breaches: [{ kind: 'mismatch', path, problem, repair }], value: null };
}
