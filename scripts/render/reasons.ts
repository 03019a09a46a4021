// The sentences of `tutti explain`. Pure.
import type { AttemptRecord } from '../../agents/protocol/attempt.ts';
import { dependencyName, parseDependency } from '../../agents/protocol/plan/dependencies.ts';
import { describeReservation } from '../../agents/protocol/reservation.ts';
import type { BrainState } from '../../agents/protocol/state.ts';
import type { FailedReason } from '../../agents/protocol/words.ts';
import type { BatchPicture, GroupPicture, TaskPicture } from '../../agents/store/picture/model.ts';
import type { BrainLiveness } from '../look/liveness.ts';
import type { AgentRecord, RunningRecord } from '../records/status.ts';
import { duration, plural } from './text.ts';

export interface Facts {
  readonly batch: BatchPicture;
  readonly task: TaskPicture;
  readonly group: GroupPicture | undefined;
  readonly agents: readonly (AgentRecord & { readonly classes: readonly string[] })[];
  readonly brain: BrainLiveness;
  readonly run: RunningRecord | undefined;
  readonly record: AttemptRecord | null;
  readonly retry: BrainState['retries'][number] | undefined;
  readonly queuedAhead: number;
  readonly stalled: readonly string[];
}

export function reasonsFor(facts: Facts): string[] {
  const isOver = facts.batch.state === 'closed' || facts.task.state === 'running';
  return [...ownReasons(facts), ...(isOver ? [] : brainReasons(facts))];
}

function brainReasons({ brain, batch }: Facts): string[] {
  if (batch.state === 'submitted') return ['the brain has not seen its batch yet'];
  if (brain === 'alive' || brain === 'unknown') return [];
  return ['no brain is alive, so nothing is released or retried: `tutti up` starts one'];
}

function ownReasons(facts: Facts): string[] {
  const { task, batch, record } = facts;
  switch (task.state) {
    case 'waiting':
      return waiting(facts);
    case 'queued':
      return queued(facts);
    case 'running':
      return running(facts);
    case 'retrying':
      if (task.reason === 'unrated') return unrated(facts);
      return [...ended(record, task.reason), nextAttempt(facts)];
    case 'complete':
      return [`it is complete${tookOf(record)}`];
    case 'failed':
      return failed(facts);
    case 'skipped':
      return skipped(facts);
    case 'cancelled':
      return [batch.state === 'cancelling' ? 'its batch was cancelled' : 'it was cancelled'];
  }
}

const tookOf = (record: AttemptRecord | null): string =>
  record === null
    ? ''
    : `: attempt ${record.attempt} on ${record.agent} took ${duration(record.duration_ms)}`;

function waiting({ batch, task, group }: Facts): string[] {
  const reasons: string[] = [];
  if (batch.state === 'paused') reasons.push('its batch is paused; `tutti resume` ends that');
  if (batch.state === 'cancelling') reasons.push('its batch is being cancelled');
  const open = (group?.dependsOn ?? []).flatMap((name) => dependency(batch, task, name));
  reasons.push(...open);
  if (open.length > 0 || group === undefined) return reasons;
  const { counts, total, isForeach } = group;
  if (isForeach && total === null) {
    reasons.push('what it waits for is complete, and the brain is about to read its manifest');
  } else if (isForeach && task.id !== group.task) {
    const released = (total ?? 0) - counts.waiting;
    reasons.push(`it stands in the backlog: ${released} of ${total} children are released`);
  } else if (isForeach) {
    reasons.push(`it is the template of ${total} children, ${counts.complete} of them complete`);
  } else if (reasons.length === 0) {
    reasons.push('everything it waits for is complete: the brain releases it next');
  }
  return reasons;
}

/** One line per dependency that is not complete. */
function dependency(batch: BatchPicture, task: TaskPicture, text: string): string[] {
  const parsed = parseDependency(text);
  const name = dependencyName(parsed);
  const group = batch.groups.find((one) => one.task === name);
  if (group === undefined) return [`waits for ${name}, which the plan does not have`];
  if (parsed.kind === 'item' && task.id !== task.heading) {
    const twin = `${name}${task.id.slice(task.heading.length)}`;
    const state = batch.tasks.find(({ id }) => id === twin)?.state ?? 'waiting';
    return state === 'complete' ? [] : [`waits for ${twin}, which is ${state}`];
  }
  if (group.result === 'complete') return [];
  const { counts, total, isForeach } = group;
  if (!isForeach) {
    const state = batch.tasks.find(({ id }) => id === name)?.state ?? group.result;
    return [`waits for ${name}, which is ${state}`];
  }
  const done = total === null ? 'not expanded yet' : `${counts.complete} of ${total} complete`;
  return [
    `waits for all of ${name}: ${done}${counts.failed > 0 ? `, ${counts.failed} failed` : ''}`,
  ];
}

function queued(facts: Facts): string[] {
  const { task, agents, queuedAhead, stalled, batch } = facts;
  const taskClass = task.taskClass!;
  const need = task.vram === 'all' ? 'a whole card' : `${task.vram} MiB`;
  const reasons = [
    `it is released, class ${taskClass}, needs ${need}; no agent has claimed it yet`,
  ];
  if (batch.state === 'paused') reasons.push('its batch is paused: the brain takes it back');
  if (queuedAhead > 0) reasons.push(`${plural(queuedAhead, 'task')} of its class stand before it`);
  const able = agents.filter(({ classes }) => classes.includes(taskClass));
  if (agents.length === 0) reasons.push('no agent has ever worked here: `tutti up` starts them');
  else if (able.length === 0) reasons.push(`no agent takes tasks of class ${taskClass}`);
  for (const agent of able) reasons.push(`${agent.agent}: ${whyNot(agent, taskClass)}`);
  return [...reasons, ...stalled.filter((line) => line.includes(taskClass))];
}

function whyNot(agent: AgentRecord, taskClass: string): string {
  const { state, why_not_claimed: why } = agent;
  if (state === 'alive' || state === 'constrained') return why[taskClass] ?? 'will look at it next';
  if (state === 'reserved' && agent.reservation !== null) {
    return describeReservation(agent.reservation);
  }
  return state === 'unknown' ? 'not known to be alive' : `is ${state}`;
}

function running({ task, run, agents, record }: Facts): string[] {
  const agent = agents.find((one) => one.agent === task.agent);
  const reasons = [`it is running: attempt ${task.attempt} on ${task.agent}`];
  if (run !== undefined) {
    reasons.push(`for ${duration(run.elapsed_ms)} of at most ${duration(run.timeout_ms)}`);
  }
  if (record !== null)
    reasons.push(`it has ended ${record.outcome}; the agent is about to commit that`);
  if (agent !== undefined && (agent.state === 'dead' || agent.state === 'lost')) {
    reasons.push(
      `but ${agent.agent} is ${agent.state}: the brain requeues it when the lease is over`,
    );
  }
  return reasons;
}

const ended = (record: AttemptRecord | null, reason: FailedReason | undefined): string[] =>
  record === null
    ? [`it ended ${reason}`]
    : [
        `attempt ${record.attempt} on ${record.agent} ended ${record.outcome} after ${duration(record.duration_ms)}: ${record.message}`,
      ];

const unrated = ({ record, task }: Facts): string[] => [
  ...ended(record, task.reason),
  'the model of the role `brain` rates it; `tutti decisions --type think` shows when it was asked',
];

const nextAttempt = ({ retry, batch }: Facts): string => {
  if (batch.state === 'paused')
    return 'its batch is paused; the next attempt waits for `tutti resume`';
  return retry === undefined
    ? 'the next attempt follows'
    : `the next attempt, number ${retry.attempt}, follows in ${duration(retry.due_in_ms)}`;
};

function failed({ task, record, group }: Facts): string[] {
  if (task.reason === 'children_failed') {
    return [`${group?.counts.failed ?? 0} of its ${group?.total ?? 0} children failed`];
  }
  return [
    ...ended(record, task.reason),
    'it is not tried again by itself; `tutti retry` grants it new attempts',
  ];
}

function skipped({ batch, group }: Facts): string[] {
  const causes = (group?.dependsOn ?? [])
    .map((name) => batch.groups.find((one) => one.task === dependencyName(parseDependency(name))))
    .filter((one) => one !== undefined && one.result !== 'complete' && one.result !== 'open')
    .map((one) => `${one!.task} ended ${one!.result}`);
  const why = causes.length > 0 ? causes.join(', ') : 'its item failed upstream';
  return [`it never ran: ${why}`, '`tutti retry` of that with --descendants brings it back'];
}
