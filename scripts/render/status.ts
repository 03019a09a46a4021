// `tutti status` for people. Pure: a record in, lines out.
import { describeReservation } from '../../agents/protocol/reservation.ts';
import type {
  AgentRecord,
  BatchRecord,
  BrainRecord,
  ClosedRecord,
  StatusRecord,
  SyncRecord,
  TaskRecord,
} from '../records/status.ts';
import { batchHead, groupLines } from './groups.ts';
import type { Paint } from './paint.ts';
import { columns, cut, duration, painted, plural, stateColour } from './text.ts';

export interface StatusLook {
  readonly paint: Paint;
  readonly columns: number;
  /** Also batches that need no look: every closed one, every running task. */
  readonly isAll: boolean;
}

const RUNNING_MAX = 8;

export function renderStatus(status: StatusRecord, look: StatusLook): string[] {
  const { paint } = look;
  const lines = [
    ...renderHead(status, paint),
    ...section('Agents', renderAgents(status.agents, look), paint),
    ...status.batches.flatMap((batch) => ['', ...renderBatch(batch, look)]),
    ...section(
      'Stalled',
      status.stalled.map((line) => `  ${paint.yellow(line)}`),
      paint,
    ),
    ...section('Attention', renderAttention(status, paint), paint),
    ...section('Closed', renderClosed(status.closed, paint), paint),
  ];
  if (status.batches.length === 0 && status.closed.length === 0) {
    lines.push('', `no batches yet; ${paint.bold('tutti submit <plan>')} starts one`);
  }
  return lines.map((line) => cut(line, look.columns));
}

const section = (title: string, lines: readonly string[], paint: Paint): string[] =>
  lines.length === 0 ? [] : ['', paint.bold(title), ...lines];

function renderHead(status: StatusRecord, paint: Paint): string[] {
  const where = status.network ? ` ${paint.dim(`(${status.mount})`)}` : '';
  return [
    `${paint.bold('tutti')}  ${status.shared}${where}`,
    ...(status.sync === null ? [] : describeGap(status.sync, paint)),
    `brain  ${describeBrain(status.brain, paint)}`,
  ];
}

function describeGap(sync: SyncRecord, paint: Paint): string[] {
  const { rig, pulled_age_ms: ageMs, pending, failures, problem, refused } = sync;
  const age =
    ageMs === null
      ? paint.yellow('nothing has been pulled yet')
      : `this picture of it was pulled ${duration(ageMs)} ago`;
  const waiting = pending === 0 ? '' : `; ${plural(pending, 'parcel')} on the way in`;
  const bad =
    failures === 0 || problem === null ? [] : [`${plural(failures, 'bad round')}: ${problem}`];
  return [
    `rig    ${rig}; ${age}${waiting}`,
    ...[...bad, ...refused].map((line) => `       ${paint.red(line)}`),
  ];
}

export function describeBrain(brain: BrainRecord, paint: Paint): string {
  const { host, pid, epoch, picture_age_ms: ageMs } = brain;
  const age = ageMs === null ? 'of unknown age' : `${duration(ageMs)} old`;
  switch (brain.state) {
    case 'alive':
      return `${paint.green('alive')} on ${host}, pid ${pid}, start ${epoch}; its picture is ${age}`;
    case 'stopped':
      return `${paint.yellow('stopped')}; nothing is released until ${paint.bold('tutti up')}`;
    case 'dead':
      return `${paint.red('dead')} (was pid ${pid} on ${host}); what follows is from the lanes, ages are unknown`;
    case 'none':
      return `${paint.yellow('none')} has ever worked here; ${paint.bold('tutti up')} starts one`;
    case 'unknown':
      return host === null
        ? `${paint.yellow('unknown')}: it has left no picture; what follows is from the lanes`
        : `${paint.yellow('unknown')}: on ${host}, and its picture has not changed while looking`;
  }
}

function renderAgents(agents: readonly AgentRecord[], { paint }: StatusLook): string[] {
  const rows = agents.map((agent) => [
    agent.agent,
    painted(agent.state === 'alive' && agent.slots_used > 0 ? 'running' : agent.state, paint),
    load(agent),
    agent.heartbeat_age_ms === null ? 'age unknown' : `${duration(agent.heartbeat_age_ms)} ago`,
    agent.host ?? '',
  ]);
  const table = columns(rows, '  ');
  return agents.flatMap((agent, index) => [table[index]!, ...notesOf(agent, paint)]);
}

function load(agent: AgentRecord): string {
  const slots = `${agent.slots_used}/${agent.slots} slots`;
  if (agent.kind === 'cpu') return slots;
  const { temperature_celsius: temperature, vram_budget_mib: budget } = agent;
  const heat = temperature === null ? 'heat unknown' : `${Math.round(temperature)} °C`;
  const model = agent.model === null ? '' : `, ${agent.model}`;
  return `${slots}, ${heat}, ${agent.vram_reserved_mib}/${budget} MiB${model}`;
}

function notesOf(agent: AgentRecord, paint: Paint): string[] {
  const isDown = agent.state === 'stopped' || agent.state === 'dead' || agent.state === 'lost';
  const reasons = isDown ? [] : Object.entries(agent.why_not_claimed);
  const { reservation } = agent;
  const kept = reservation === null || isDown ? [] : [describeReservation(reservation)];
  return [
    ...kept.map((reason) => `      ${paint.yellow(reason)}`),
    ...agent.constrained.map((reason) => `      ${paint.yellow(reason)}`),
    ...reasons.map(([name, reason]) => `      ${paint.dim(`${name} waits: ${reason}`)}`),
  ];
}

export function renderBatch(batch: BatchRecord, look: StatusLook): string[] {
  const { paint } = look;
  const shown = look.isAll ? batch.running : batch.running.slice(0, RUNNING_MAX);
  const hidden = batch.running.length - shown.length;
  return [
    ...batchHead(batch, paint),
    ...groupLines(batch, look),
    ...columns(
      shown.map((task) => runningRow(task, paint)),
      '    ',
    ),
    ...(hidden > 0 ? [`    ${paint.dim(`and ${plural(hidden, 'more running task')}`)}`] : []),
    ...batch.problems.flatMap((task) => problemLines(task, paint)),
    ...(batch.problems_omitted > 0
      ? [
          `    ${paint.dim(`and ${batch.problems_omitted} more; tutti status --tasks --batch ${batch.batch}`)}`,
        ]
      : []),
    ...(batch.problem === null ? [] : [`    ${paint.red(batch.problem)}`]),
  ];
}

const runningRow = (task: TaskRecord, paint: Paint): string[] => [
  paint.cyan('▸'),
  task.task,
  `on ${task.agent}`,
  task.elapsed_ms === null ? '' : duration(task.elapsed_ms),
  task.attempt > 1 ? paint.yellow(`attempt ${task.attempt}`) : '',
];

export function problemLines(task: TaskRecord, paint: Paint): string[] {
  const isOver = task.state === 'failed';
  const colour = stateColour(task.state, paint);
  const due =
    task.reason === 'unrated'
      ? 'waits for its rating'
      : task.retry_in_ms === null
        ? 'retries soon'
        : `retries in ${duration(task.retry_in_ms)}`;
  const attempts = task.attempt > 0 ? `, attempt ${task.attempt}` : '';
  const what = `${task.reason}${attempts}${isOver ? '' : `, ${due}`}`;
  const log = task.log === null ? [] : [`        ${paint.dim(task.log)}`];
  return [`    ${colour(isOver ? '✗' : '↻')} ${task.task}  ${colour(what)}`, ...log];
}

function renderAttention(status: StatusRecord, paint: Paint): string[] {
  const { escalations, quarantined, commands_pending: pending } = status;
  return [
    ...escalations.map((name) => `  ${paint.red(`brain/escalations/${name}`)} needs a person`),
    ...(quarantined.length === 0
      ? []
      : [
          `  ${paint.red(plural(quarantined.length, 'refused file'))} in tasks/quarantine: read the reason beside it, then delete both`,
        ]),
    ...(pending === 0
      ? []
      : [`  ${paint.yellow(`${plural(pending, 'command')} not taken by the brain yet`)}`]),
  ];
}

function renderClosed(closed: readonly ClosedRecord[], paint: Paint): string[] {
  const rows = columns(
    closed.map(({ batch, verdict, counts, duration_ms: ms, reason }) => [
      batch,
      painted(verdict, paint),
      `${counts.complete}/${counts.total}`,
      ms === null ? '' : duration(ms),
      verdict === 'complete' ? '' : paint.dim(reason),
    ]),
    '  ',
  );
  return closed.flatMap(({ first_problem: first }, index) => {
    const log = first?.log ?? null;
    const problem = `    ${paint.red('✗')} ${first?.task}  ${paint.dim(log ?? '')}`;
    return log === null ? [rows[index]!] : [rows[index]!, problem];
  });
}
