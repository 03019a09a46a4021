// From the picture to the record of `tutti status`.
import { attemptPaths } from '../../agents/protocol/layout.ts';
import type { Heartbeat } from '../../agents/protocol/heartbeat.ts';
import type { Summary } from '../../agents/protocol/batch.ts';
import { parseDependency, dependencyName } from '../../agents/protocol/plan/dependencies.ts';
import type { HeartbeatFile } from '../../agents/store/heartbeats.ts';
import type { BatchPicture, Picture, TaskPicture } from '../../agents/store/picture/model.ts';
import { etaOf } from '../look/eta.ts';
import { isOnThisHost, judgeAgent } from '../look/liveness.ts';
import type { AgentObserver, AgentView } from '../look/liveness.ts';
import { closedRecord } from './closed.ts';
import { PROBLEMS_MAX } from './status.ts';
import type {
  AgentRecord,
  BatchRecord,
  BrainRecord,
  GroupRecord,
  RunningRecord,
  StatusRecord,
  TaskRecord,
} from './status.ts';

export interface Observer extends AgentObserver {
  /** Absolute path of a file in `shared/`. */
  readonly absolute: (path: string) => string;
}

export interface Place {
  readonly shared: string;
  readonly mount: string;
  readonly network: boolean;
}

export function buildStatus(
  place: Place,
  picture: Picture,
  closed: readonly Summary[],
  observer: Observer,
): Omit<StatusRecord, 'sync'> {
  const agents = picture.agents.map((file) => agentRecord(file, observer));
  // Read after the open ones: a batch that ended in between is closed.
  const ended = new Set(closed.map(({ batch }) => batch));
  const open = picture.batches.filter(({ batch }) => !ended.has(batch));
  return {
    schema: 'tutti.status/1',
    at: observer.clock.wall().toISOString(),
    ...place,
    brain: brainRecord(picture, observer),
    agents,
    batches: open.map((batch) => batchRecord(batch, agents, observer)),
    stalled: observer.brain.state === 'alive' ? (picture.state?.stalled ?? []) : [],
    commands_pending: picture.commands.length,
    escalations: picture.escalations,
    quarantined: picture.quarantined,
    closed: closed.map((summary) => closedRecord(summary, observer.absolute)),
  };
}

type RunningByKey = ReadonlyMap<string, RunningRecord>;

const runningOn = (agents: readonly AgentRecord[]): RunningByKey =>
  new Map(agents.flatMap(({ running }) => running.map((run) => [keyOf(run.batch, run), run])));

const keyOf = (batch: string, of: { readonly task: string; readonly attempt: number }): string =>
  `${batch}/${of.task}/${of.attempt}`;

const brainRecord = ({ state, epoch }: Picture, { brain }: Observer): BrainRecord => ({
  state: brain.state,
  host: state?.host ?? null,
  pid: state?.pid ?? null,
  epoch,
  picture_age_ms: brain.pictureAgeMs,
});

function agentRecord(file: HeartbeatFile, observer: Observer): AgentRecord {
  const { agent, kind, heartbeat } = file;
  const view = judgeAgent(file, observer);
  const ageMs = view.heartbeatAgeMs;
  if (heartbeat === null) {
    return { ...NO_HEARTBEAT, agent, kind, state: view.state, heartbeat_age_ms: ageMs };
  }
  return {
    agent,
    kind,
    host: heartbeat.host,
    state: agentState(view, heartbeat.state, heartbeat.constrained),
    heartbeat_age_ms: ageMs,
    reservation: heartbeat.reservation,
    constrained: heartbeat.constrained,
    temperature_celsius: heartbeat.card?.temperature_celsius ?? null,
    power_watts: heartbeat.card?.power_watts ?? null,
    vram_budget_mib: heartbeat.budget_mib,
    vram_reserved_mib: heartbeat.reserved_mib,
    slots: heartbeat.slots,
    slots_used: heartbeat.slots_used,
    hot: heartbeat.hot,
    model: heartbeat.model,
    running: heartbeat.running.map((run) => {
      const { batch, task, attempt, task_class, timeout_ms, vram_reserved_mib } = run;
      // The heartbeat's figure is as old as the heartbeat; where the age is known it is added.
      const sinceMs = isOnThisHost(heartbeat, observer.host) ? (ageMs ?? 0) : 0;
      const elapsed_ms = Math.round(run.elapsed_ms + Math.max(0, sinceMs));
      return { batch, task, attempt, task_class, timeout_ms, vram_reserved_mib, elapsed_ms };
    }),
    why_not_claimed: heartbeat.why_not_claimed,
  };
}

const NO_HEARTBEAT = {
  host: null,
  reservation: null,
  constrained: [],
  temperature_celsius: null,
  power_watts: null,
  vram_budget_mib: 0,
  vram_reserved_mib: 0,
  slots: 0,
  slots_used: 0,
  hot: false,
  model: null,
  running: [],
  why_not_claimed: {},
};

function agentState(
  view: AgentView,
  own: Heartbeat['state'],
  constrained: readonly string[],
): AgentRecord['state'] {
  if (view.state !== 'alive' || own === 'stopped') return view.state;
  if (own !== 'running') return own;
  return constrained.length > 0 ? 'constrained' : 'alive';
}

export function batchRecord(
  batch: BatchPicture,
  agents: readonly AgentRecord[],
  observer: Observer,
): BatchRecord {
  const eta = etaOf(batch);
  const running = runningOn(agents);
  const describe = (task: TaskPicture): TaskRecord => taskRecord(batch, task, running, observer);
  const isForeach = new Set(
    batch.groups.filter((group) => group.isForeach).map(({ task }) => task),
  );
  // A template that failed only says that its children did.
  const problems = batch.tasks.filter(
    ({ id, state, reason }) =>
      (state === 'failed' || state === 'retrying') &&
      !(isForeach.has(id) && reason === 'children_failed'),
  );
  const ageMs = observer.brain.state === 'alive' ? (observer.brain.pictureAgeMs ?? 0) : 0;
  return {
    batch: batch.batch,
    plan: batch.plan,
    state: batch.state,
    elapsed_ms: batch.elapsedMs === null ? null : Math.round(batch.elapsedMs + ageMs),
    eta_ms: eta.ms === null ? null : Math.round(eta.ms),
    eta_unknown: eta.unknown,
    goal: batch.goal,
    problem: batch.problem,
    groups: groupRecords(batch),
    running: batch.tasks.filter(({ state }) => state === 'running').map(describe),
    problems: problems.slice(0, PROBLEMS_MAX).map(describe),
    problems_omitted: Math.max(0, problems.length - PROBLEMS_MAX),
  };
}

function groupRecords({ groups }: BatchPicture): GroupRecord[] {
  const results = new Map(groups.map(({ task, result }) => [task, result]));
  return groups.map((group) => ({
    task: group.task,
    foreach: group.isForeach,
    depends_on: group.dependsOn,
    waits_for: group.dependsOn.filter(
      (name) => results.get(dependencyName(parseDependency(name))) === 'open',
    ),
    total: group.total,
    result: group.result,
    duration_ms_mean: group.durationMsMean,
    ...group.counts,
  }));
}

export function taskRecords(
  batch: BatchPicture,
  agents: readonly AgentRecord[],
  observer: Observer,
): TaskRecord[] {
  const running = runningOn(agents);
  return batch.tasks.map((task) => taskRecord(batch, task, running, observer));
}

function taskRecord(
  { batch, plan }: BatchPicture,
  task: TaskPicture,
  running: RunningByKey,
  { absolute, state: brainState }: Observer,
): TaskRecord {
  const { id, heading, state, attempt } = task;
  const retry = brainState?.retries.find((one) => one.batch === batch && one.task === id);
  const hasRun = attempt > 0 && state !== 'queued' && state !== 'waiting';
  return {
    batch,
    task: id,
    heading,
    state,
    attempt,
    agent: task.agent ?? null,
    reason: task.reason ?? null,
    elapsed_ms: running.get(keyOf(batch, { task: id, attempt }))?.elapsed_ms ?? null,
    retry_in_ms: state === 'retrying' ? (retry?.due_in_ms ?? null) : null,
    log: hasRun ? absolute(attemptPaths(plan, batch, id, attempt).log) : null,
  };
}
