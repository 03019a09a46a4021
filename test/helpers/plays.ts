// What a person does with a running tutti, and what they see of it: submit, command, wait, read.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { realRandom } from '../../agents/process/clock.ts';
import type { AttemptRecord } from '../../agents/protocol/attempt.ts';
import type { Batch, Summary } from '../../agents/protocol/batch.ts';
import type { Command, CommandVerb } from '../../agents/protocol/command.ts';
import type { Heartbeat } from '../../agents/protocol/heartbeat.ts';
import { formatBatchId } from '../../agents/protocol/ids.ts';
import { batchPath } from '../../agents/protocol/layout.ts';
import type { SignalName } from '../../agents/protocol/signal.ts';
import { sendCommand, submit as publish } from '../../agents/store/inbox.ts';
import { sendSignal } from '../../agents/store/signals.ts';
import { eventually } from './eventually.ts';
import { readLanes } from './lanes.ts';
import type { LaneFile } from './lanes.ts';
import { processesOf } from './processes.ts';
import { PROJECT } from './rig.ts';
import type { Rig } from './rig.ts';
import { linesOf, namesIn, textOf } from './tree.ts';

export interface Submission {
  readonly plan?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly priority?: number;
  readonly resumeOf?: string;
}

const PLAN = 'demo';
/** Which plan a batch belongs to, by batch. */
const plans = new Map<string, string>();

/** For a batch that was submitted in another way. */
export const know = (batch: string, plan: string): void => void plans.set(batch, plan);

/** Submits the text of a plan; answers the id of the batch. */
export async function submit(rig: Rig, text: string, more: Submission = {}): Promise<string> {
  const { plan = PLAN, config = {}, priority = 5, resumeOf } = more;
  const id = formatBatchId(plan, new Date(), realRandom.text(5));
  const folder = rig.at(`plans/${plan}`);
  if (!existsSync(join(folder, 'plan.md'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'plan.md'), text);
  }
  const batch: Batch = {
    v: 1,
    id,
    plan,
    config: { ...config },
    priority,
    submitted_at: new Date().toISOString(),
    submitted_by: 'test',
    ...(resumeOf === undefined ? {} : { resume_of: resumeOf }),
  };
  plans.set(id, plan);
  await publish(rig.store, batch, text);
  return id;
}

/** Submits a plan that ships with the project, its scripts included. */
export function submitBundled(rig: Rig, plan: string, more: Submission = {}): Promise<string> {
  const source = join(PROJECT, 'shared/plans', plan);
  mkdirSync(dirname(rig.at(`plans/${plan}`)), { recursive: true });
  cpSync(source, rig.at(`plans/${plan}`), { recursive: true });
  return submit(rig, readFileSync(join(source, 'plan.md'), 'utf8'), { ...more, plan });
}

export const submitExample = (rig: Rig, name: string, more: Submission = {}): Promise<string> =>
  submitBundled(rig, `examples/${name}`, more);

export const folderOf = (batch: string): string => batchPath(plans.get(batch) ?? PLAN, batch);

export async function command(
  rig: Rig,
  verb: CommandVerb,
  batch: string,
  more: Pick<Command, 'task' | 'descendants'> = {},
): Promise<void> {
  const digits = new Date().toISOString().replaceAll(/\D/g, '');
  const id = `${digits.slice(0, 8)}-${digits.slice(8, 17)}-${realRandom.text(5)}`;
  await sendCommand(rig.store, {
    v: 1,
    id,
    verb,
    batch,
    ...more,
    at: new Date().toISOString(),
    by: 'test',
  });
}

export const signal = (rig: Rig, name: SignalName): Promise<void> =>
  sendSignal(rig.store, name, { v: 1, by: 'operator', reason: 'the test says so', at: '' });

/** The summary of a batch that is closed: nothing of it is private any more. Null before that. */
export function closedSummary(rig: Rig, batch: string): Summary | null {
  const folder = folderOf(batch);
  const summary = rig.read(`${folder}/RUN_SUMMARY.json`) as Summary | null;
  const isClosed = summary?.verdict === 'rejected' || existsSync(rig.at(`${folder}/tasks`));
  return isClosed ? summary : null;
}

export function verdictOf(rig: Rig, batch: string, deadlineMs?: number): Promise<Summary> {
  const look = (): Summary | null => closedSummary(rig, batch);
  return eventually(`the verdict of ${batch}`, look, deadlineMs).catch((error: unknown) => {
    const lanes = readLanes(rig.shared).files.filter((file) => file.batch === batch);
    const where = lanes.map(({ path }) => path).slice(0, 40);
    const log = rig.programs.map(({ name, log: read }) => `${name}: ${read().slice(-1500)}`);
    throw new Error(
      [(error as Error).message, ...where, decisions(rig).slice(-2000), ...log].join('\n'),
    );
  });
}

export const decisions = (rig: Rig): string => textOf(rig.at('logs/brain_decisions.log')) ?? '';

export interface EventLine {
  readonly timestamp: string;
  readonly type: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export const eventsOf = (rig: Rig, batch: string): EventLine[] =>
  linesOf(rig.at(`${folderOf(batch)}/events.jsonl`)) as EventLine[];

/** The attempts of a batch that have ended, in the order in which they started. */
export const attemptsOf = (rig: Rig, batch: string, task?: string): AttemptRecord[] =>
  namesIn(rig.at(`${folderOf(batch)}/attempts`))
    .filter((name) => /\.a\d+\.json$/.test(name))
    .map((name) => rig.read(`${folderOf(batch)}/attempts/${name}`) as AttemptRecord)
    .filter((record) => task === undefined || record.task === task)
    .toSorted((a, b) => a.started_at.localeCompare(b.started_at) || a.attempt - b.attempt);

export const logOf = (rig: Rig, batch: string, task: string, attempt = 1): string =>
  textOf(rig.at(`${folderOf(batch)}/logs/${task}.a${attempt}.log`)) ?? '';

/** The one file of a task; null while it has none, or is on its way. */
export function placeOf(rig: Rig, batch: string, task: string): LaneFile | null {
  const isIt = (file: LaneFile): boolean => file.batch === batch && file.task === task;
  return readLanes(rig.shared).files.find(isIt) ?? null;
}

/** Waits until a process runs the task; answers its claim. */
export const claimOf = (rig: Rig, batch: string, task: string): Promise<LaneFile> =>
  eventually(`${task} runs`, () => {
    const place = placeOf(rig, batch, task);
    const run = `${folderOf(batch)}/attempts/${task}.a${place?.counts.attempt}.run`;
    return place?.lane === 'processing' && existsSync(rig.at(run)) ? place : null;
  });

/** Processes that were started for a batch and still live. */
export const workersOf = (rig: Rig, batch: string): number[] =>
  [rig.shared, ...rig.views].flatMap((view) => processesOf(join(view, folderOf(batch))));

export const heartbeatOf = (rig: Rig, agent: string): Heartbeat | null => {
  const kind = rig.agents.find(({ name }) => name === agent)?.kind === 'cpu' ? 'cpus' : 'gpus';
  return rig.read(`${kind}/${agent}/heartbeat.json`) as Heartbeat | null;
};
