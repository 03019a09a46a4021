// Puts a shared/ into any state without a brain: the files that brain and agents would have written, by the
// same formatters. The test's own process plays whoever has to be alive.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { taskOf } from '../../agents/brain/task-files.ts';
import type { AttemptRecord } from '../../agents/protocol/attempt.ts';
import type { Batch, Summary } from '../../agents/protocol/batch.ts';
import type { Heartbeat } from '../../agents/protocol/heartbeat.ts';
import {
  formatClaim,
  formatComplete,
  formatFailed,
  formatPrivate,
  formatQueue,
  formatRank,
} from '../../agents/protocol/lane-name.ts';
import type { Counts } from '../../agents/protocol/lane-name.ts';
import {
  attemptPaths,
  batchPath,
  completePath,
  failedPath,
  groupRecordPath,
  heartbeatPath,
  privatePath,
  PROCESSING,
  QUEUE,
  STATE_FILE,
} from '../../agents/protocol/layout.ts';
import { parsePlan } from '../../agents/protocol/plan/parse.ts';
import type { Task } from '../../agents/protocol/task.ts';
import type { BrainState } from '../../agents/protocol/state.ts';
import type { FailedReason } from '../../agents/protocol/words.ts';
import { bootId, realSpawner } from '../../agents/process/spawner.ts';
import { HOST } from './house.ts';
import type { House } from './house.ts';

const identity = realSpawner.identify(process.pid)!;
export const ME = { host: HOST, pid: process.pid, start_time: identity.startTime, boot_id: bootId };
/** Long ago, so that nothing of it is this second's. */
export const AT = '2026-01-02T03:04:05.000Z';

export const countsOf = (attempt: number, failures = 0): Counts => ({
  attempt,
  failures,
  losses: 0,
  notNow: 0,
});

export interface Scene {
  readonly batch: string;
  readonly plan: string;
  expand(template: string, ids: readonly string[]): void;
  queued(task: string, attempt?: number): void;
  running(task: string, agent: string, attempt?: number): void;
  complete(task: string, attempt?: number): void;
  failed(task: string, reason: FailedReason, attempt?: number): void;
  /** The record of an attempt and its log. */
  /** Null leaves the log as it is: a writer only ever appends to it. */
  ended(task: string, attempt: number, more: Partial<AttemptRecord>, log?: string | null): void;
  close(more?: Partial<Summary>): void;
}

/** An accepted batch: all of its tasks wait. */
export function stage(house: House, text: string, options: Partial<Batch> = {}): Scene {
  const { id: batch = 'demo-20260102-030405-aaaaa', plan = 'demo' } = options;
  const record: Batch = {
    v: 1,
    id: batch,
    plan,
    config: {},
    priority: 5,
    submitted_at: AT,
    submitted_by: 'someone@somewhere',
    ...options,
  };
  const base = batchPath(plan, batch);
  house.write(`plans/${plan}/plan.md`, text);
  house.write(`${base}/plan.md`, text);
  house.write(`${base}/batch.json`, record);
  const files = new Map(
    parsePlan(text, 'plan.md').tasks.map((task) => [task.name, taskOf(record, task, [])]),
  );
  for (const [name, task] of files)
    house.write(`${privatePath(batch)}/${formatPrivate(name)}`, task);
  house.write(`${privatePath(batch)}/batch_summary.json`, {});
  return { batch, plan, ...movesIn(house, batch, files), ...endsIn(house, plan, batch) };
}

type Moves = Pick<Scene, 'expand' | 'queued' | 'running' | 'complete' | 'failed'>;

function movesIn(house: House, batch: string, files: ReadonlyMap<string, Task>): Moves {
  /** From private to a lane; a child has no private file to leave. */
  const put = (task: string, path: string): void => {
    rmSync(join(house.shared, privatePath(batch), formatPrivate(task)), { force: true });
    house.write(path, files.get(task) ?? [...files.values()][0]);
  };
  const queueName = (task: string, attempt: number) => ({
    rank: formatRank(5, 1),
    taskClass: files.get(task)?.task_class ?? ('cpu' as const),
    vram: 1024,
    batch,
    task,
    counts: countsOf(attempt),
  });
  return {
    expand(template, ids) {
      const children = ids.map((id) => ({ id, items: [id] }));
      house.write(groupRecordPath(batch, template), { v: 1, batch, template, children });
    },
    queued(task, attempt = 1) {
      put(task, `${QUEUE}/${formatQueue(queueName(task, attempt))}`);
    },
    running(task, agent, attempt = 1) {
      put(task, `${PROCESSING}/${formatClaim({ ...queueName(task, attempt), agent })}`);
    },
    complete(task, attempt = 1) {
      put(task, `${completePath(batch)}/${formatComplete({ task, counts: countsOf(attempt) })}`);
    },
    failed(task, reason, attempt = 1) {
      const counts = countsOf(attempt, Math.max(0, attempt - 1));
      put(task, `${failedPath(batch)}/${formatFailed({ task, counts, reason })}`);
    },
  };
}

const endsIn = (house: House, plan: string, batch: string): Pick<Scene, 'ended' | 'close'> => ({
  ended(task, attempt, more, log = '') {
    const paths = attemptPaths(plan, batch, task, attempt);
    if (log !== null) house.write(paths.log, log);
    house.write(paths.record, { ...ENDED, batch, plan, task, attempt, log: paths.log, ...more });
  },
  close(more = {}) {
    rmSync(join(house.shared, privatePath(batch)), { recursive: true });
    const path = `${batchPath(plan, batch)}/RUN_SUMMARY.json`;
    house.write(path, { ...CLOSED, batch, plan, ...more });
  },
});

const ENDED: Omit<AttemptRecord, 'batch' | 'plan' | 'task' | 'attempt' | 'log'> = {
  v: 1,
  agent: 'cpu-1',
  host: HOST,
  outcome: 'complete',
  exit_code: 0,
  signal: null,
  message: 'it ended with exit status 0',
  started_at: AT,
  finished_at: AT,
  duration_ms: 1500,
  vram_peak_mib: null,
  sandbox: 'none',
};

const CLOSED: Omit<Summary, 'batch' | 'plan'> = {
  v: 1,
  verdict: 'complete',
  reason: 'every task is complete',
  submitted_at: AT,
  finished_at: AT,
  duration_ms: 61_000,
  counts: { total: 2, complete: 2, failed: 0, skipped: 0, cancelled: 0 },
  attempts: 2,
  groups: [],
  problems: [],
  problems_omitted: 0,
  outputs: [],
  errors: [],
};

export function heartbeat(house: House, more: Partial<Heartbeat> = {}): void {
  const record: Heartbeat = {
    v: 1,
    agent: 'cpu-1',
    kind: 'cpu',
    simulated: false,
    ...ME,
    incarnation: 'one',
    seq: 1,
    epoch: 1,
    at: new Date().toISOString(),
    state: 'running',
    reservation: null,
    hot: false,
    model: null,
    models: [],
    constrained: [],
    card: null,
    budget_mib: 0,
    reserved_mib: 0,
    foreign_mib: null,
    slots: 2,
    slots_used: 0,
    classes: ['meta', 'cpu'],
    running: [],
    why_not_claimed: {},
    heartbeat_interval_ms: 5000,
    lease_ms: 20_000,
    tasks_done: 0,
    claims_lost: 0,
    vram_headroom_mib: 0,
    ...more,
  };
  house.write(heartbeatPath(record.kind, record.agent), record);
}

export function brainState(house: House, more: Partial<BrainState> = {}): void {
  const record: BrainState = {
    v: 1,
    epoch: 1,
    seq: 1,
    at: new Date().toISOString(),
    ...ME,
    brain: 'running',
    interval_ms: 1000,
    agents: [],
    batches: [],
    retries: [],
    stalled: [],
    ...more,
  };
  house.write(STATE_FILE, record);
}
