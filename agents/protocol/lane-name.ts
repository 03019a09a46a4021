// A lane file name is an index: everything a claim or a picture needs stands in it, so rejected
// tasks are never opened. Whatever does not parse here (`.nfs…`, rsync temporaries, editor files)
// does not exist for any reader.
//
//   private     <task>.json, or <task>.<counts>.json when it ran before and came back
//   queue       <rank>.<class>.<vram>.<batch>.<task>.<counts>[.on-<model>][.for-<agent>][.not-<agent>].json
//   processing  <the queue name without .json>.by-<agent>.json
//   complete    <task>.<counts>.json                 in a directory per batch
//   failed      <task>.<counts>.<reason>.json        in a directory per batch
//
//   rank    two digits 99 − priority, then ten base-36 digits that grow with every release:
//           plain string order is claim order
//   vram    MiB, or `all` for the whole budget of a card
//   counts  a<attempt>f<failures>l<losses>n<not-now>: the attempt is unique per task for ever,
//           the others are what the retry policy has used up
//   on      the model that must be ready, or that a meta task loads or unloads
//   for     the only agent that may claim it
import { AGENT_NAME, BATCH_ID, MODEL_NAME, TASK_ID } from './ids.ts';
import { FAILED_REASONS, TASK_CLASSES } from './words.ts';
import type { FailedReason, TaskClass } from './words.ts';

export type Vram = number | 'all';

export interface Counts {
  /** 0 before the first release, then the number of the current attempt. */
  readonly attempt: number;
  readonly failures: number;
  readonly losses: number;
  readonly notNow: number;
}

export interface QueueName {
  readonly rank: string;
  readonly taskClass: TaskClass;
  readonly vram: Vram;
  readonly batch: string;
  readonly task: string;
  readonly counts: Counts;
  readonly model?: string;
  readonly target?: string;
  /** The agent of the last failure: others go first. */
  readonly avoid?: string;
}

export interface ClaimName extends QueueName {
  readonly agent: string;
}

export interface CompleteName {
  readonly task: string;
  readonly counts: Counts;
}

export interface FailedName extends CompleteName {
  readonly reason: FailedReason;
}

export const NO_COUNTS: Counts = { attempt: 0, failures: 0, losses: 0, notNow: 0 };

/** What may follow the counts, in this order. */
const MARKS = [
  { key: 'model', prefix: 'on-', grammar: MODEL_NAME },
  { key: 'target', prefix: 'for-', grammar: AGENT_NAME },
  { key: 'avoid', prefix: 'not-', grammar: AGENT_NAME },
] as const;

const RANK = /^\d{2}[0-9a-z]{10}$/;
// No leading zeros: a name that parses must be the very name that is written, or it could not be moved.
const COUNT = '(0|[1-9]\\d{0,5})';
const COUNTS = new RegExp(`^a${COUNT}f${COUNT}l${COUNT}n${COUNT}$`);
const classes: ReadonlySet<string> = new Set(TASK_CLASSES);
const reasons: ReadonlySet<string> = new Set(FAILED_REASONS);

/** `sequence` is a non-negative integer below 36^10 that grows with every release. */
export function formatRank(priority: number, sequence: number): string {
  return `${String(99 - priority).padStart(2, '0')}${sequence.toString(36).padStart(10, '0')}`;
}

export const priorityOf = (rank: string): number => 99 - Number(rank.slice(0, 2));

export const formatCounts = (c: Counts): string =>
  `a${c.attempt}f${c.failures}l${c.losses}n${c.notNow}`;

export const formatPrivate = (task: string, counts: Counts = NO_COUNTS): string =>
  counts.attempt === 0 ? `${task}.json` : `${task}.${formatCounts(counts)}.json`;

function queueStem(name: QueueName): string {
  const { rank, taskClass, vram, batch, task, counts } = name;
  const stem = `${rank}.${taskClass}.${vram}.${batch}.${task}.${formatCounts(counts)}`;
  return MARKS.reduce((text, { key, prefix }) => {
    const mark = name[key];
    return mark === undefined ? text : `${text}.${prefix}${mark}`;
  }, stem);
}

export const formatQueue = (name: QueueName): string => `${queueStem(name)}.json`;
export const formatClaim = (name: ClaimName): string => `${queueStem(name)}.by-${name.agent}.json`;
export const formatComplete = (name: CompleteName): string =>
  `${name.task}.${formatCounts(name.counts)}.json`;
export const formatFailed = (name: FailedName): string =>
  `${name.task}.${formatCounts(name.counts)}.${name.reason}.json`;

const shared = new Map<string, Counts>();
const SHARED_MAX = 1000;

/** One object for all that are equal: a batch has a hundred thousand tasks, and few different counts. */
export function shareCounts(counts: Counts): Counts {
  const text = formatCounts(counts);
  const known = shared.get(text) ?? counts;
  if (shared.size < SHARED_MAX) shared.set(text, known);
  return known;
}

function fieldsOf(fileName: string): string[] | null {
  if (!fileName.endsWith('.json') || fileName.startsWith('.')) return null;
  return fileName.slice(0, -'.json'.length).split('.');
}

function parseCounts(text: string | undefined): Counts | null {
  const match = COUNTS.exec(text ?? '');
  if (match === null) return null;
  const [, attempt, failures, losses, notNow] = match.map(Number);
  return { attempt: attempt!, failures: failures!, losses: losses!, notNow: notNow! };
}

function parseVram(text: string): Vram | null {
  if (text === 'all') return 'all';
  return /^(0|[1-9]\d{0,6})$/.test(text) ? Number(text) : null;
}

function parseQueueFields(fields: readonly string[]): QueueName | null {
  const [rank, taskClass, vramText, batch, task, countsText, ...extras] = fields;
  if (fields.length < 6 || !RANK.test(rank!)) return null;
  if (!classes.has(taskClass!) || !BATCH_ID.test(batch!) || !TASK_ID.test(task!)) return null;
  const vram = parseVram(vramText!);
  const counts = parseCounts(countsText);
  const marks = parseMarks(extras);
  if (vram === null || counts === null || marks === null) return null;
  return {
    rank: rank!,
    taskClass: taskClass as TaskClass,
    vram,
    batch: batch!,
    task: task!,
    counts,
    ...marks,
  };
}

type Marks = Partial<Record<(typeof MARKS)[number]['key'], string>>;

/** Null when something is no mark, or stands in another order than it is written in. */
function parseMarks(extras: readonly string[]): Marks | null {
  const left = [...extras];
  const marks: Marks = {};
  for (const { key, prefix, grammar } of MARKS) {
    const text = left[0]?.startsWith(prefix) === true ? left[0].slice(prefix.length) : null;
    if (text === null || !grammar.test(text)) continue;
    marks[key] = text;
    left.shift();
  }
  return left.length === 0 ? marks : null;
}

export function parseQueue(fileName: string): QueueName | null {
  const fields = fieldsOf(fileName);
  return fields === null ? null : parseQueueFields(fields);
}

export function parseClaim(fileName: string): ClaimName | null {
  const fields = fieldsOf(fileName);
  const by = fields?.pop();
  if (fields === null || by === undefined || !by.startsWith('by-')) return null;
  const agent = by.slice(3);
  if (!AGENT_NAME.test(agent)) return null;
  const name = parseQueueFields(fields);
  return name === null ? null : { ...name, agent };
}

export function parsePrivate(fileName: string): CompleteName | null {
  const fields = fieldsOf(fileName);
  if (fields?.length === 1 && TASK_ID.test(fields[0]!))
    return { task: fields[0]!, counts: NO_COUNTS };
  const name = parseComplete(fileName);
  return name === null || name.counts.attempt === 0 ? null : name;
}

export function parseComplete(fileName: string): CompleteName | null {
  const fields = fieldsOf(fileName);
  if (fields?.length !== 2 || !TASK_ID.test(fields[0]!)) return null;
  const counts = parseCounts(fields[1]);
  return counts === null ? null : { task: fields[0]!, counts };
}

export function parseFailed(fileName: string): FailedName | null {
  const fields = fieldsOf(fileName);
  if (fields?.length !== 3 || !TASK_ID.test(fields[0]!) || !reasons.has(fields[2]!)) return null;
  const counts = parseCounts(fields[1]);
  return counts === null ? null : { task: fields[0]!, counts, reason: fields[2] as FailedReason };
}
