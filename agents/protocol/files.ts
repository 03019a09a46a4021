// Every file there may be below `shared/`, and which way it crosses an air gap. docs/PROTOCOL.md says who
// makes, reads and removes each; a test holds the page to this table. `tutti fsck` takes what is not here
// for a stranger, and `tutti sync` makes its filters from it.
import { COMMAND_ID } from './command.ts';
import { AGENT_NAME, BATCH_ID, MODEL_NAME, PLAN_NAME, TASK_ID } from './ids.ts';
import { FAILED_REASONS, TASK_CLASSES } from './words.ts';

/**
 * in     written on the gateway, carried to the rig
 * out    written on the rig, carried to the gateway
 * stays  belongs to the processes of one side
 */
export const WAYS = ['in', 'out', 'stays'] as const;
export type Way = (typeof WAYS)[number];

const BATCH = 'plans/<plan>/batches/<batch>';
/** Whatever a plan's scripts make in their batch, beside the folders that are tutti's own. */
const MADE_BY_TASKS = `${BATCH}/**`;
const PLAN_FILES = 'plans/<plan>/**';

export const FILES: Readonly<Record<Way, readonly string[]>> = {
  in: [
    'inbox/<batch>/**',
    'inbox/<command>.command.json',
    'inbox/.arriving/<gateway>/**',
    'signals/<signal>.json',
    PLAN_FILES,
  ],
  out: [
    'inbox/.receipts/<parcel>.json',
    'brain/state.json',
    'brain/learned_vram.json',
    'brain/epochs/<epoch>.json',
    'brain/private_tasks/<batch>/<task>.json',
    'brain/private_tasks/<batch>/<task>.<counts>.json',
    'brain/private_tasks/<batch>/<task>.group.json',
    'brain/escalations/<escalation>.json',
    'tasks/queue/<queued>.json',
    'tasks/processing/<claimed>.json',
    'tasks/complete/<batch>/<task>.<counts>.json',
    'tasks/failed/<batch>/<task>.<counts>.<reason>.json',
    'tasks/quarantine/**',
    'gpus/<agent>/heartbeat.json',
    'cpus/<agent>/heartbeat.json',
    'gpus/<agent>/measured.json',
    'cpus/<agent>/measured.json',
    'gpus/<agent>/samples.jsonl',
    'cpus/<agent>/samples.jsonl',
    'gpus/<agent>/samples.jsonl.<n>',
    'cpus/<agent>/samples.jsonl.<n>',
    'signals/done/<signal>.json',
    'logs/brain_decisions.log',
    'logs/brain_decisions.log.<n>',
    'logs/processes/**',
    `${BATCH}/batch.json`,
    `${BATCH}/plan.md`,
    `${BATCH}/events.jsonl`,
    `${BATCH}/RUN_SUMMARY.json`,
    `${BATCH}/RUN_SUMMARY.md`,
    `${BATCH}/RUN_SUMMARY.before-<command>.json`,
    `${BATCH}/commands/<command>.json`,
    `${BATCH}/tasks/**`,
    `${BATCH}/attempts/<attempt>.json`,
    `${BATCH}/attempts/<attempt>.run`,
    `${BATCH}/attempts/<attempt>.late.json`,
    `${BATCH}/attempts/<attempt>.sh`,
    `${BATCH}/attempts/<attempt>.items.json`,
    `${BATCH}/attempts/<attempt>.prompt.json`,
    `${BATCH}/attempts/<attempt>.sample.json`,
    `${BATCH}/logs/<attempt>.log`,
    `${BATCH}/logs/resume.log`,
    `${BATCH}/results/**`,
    `${BATCH}/output/**`,
    MADE_BY_TASKS,
  ],
  stays: [
    '.tutti-doctor/**',
    'bells/brain',
    'bells/agents',
    'brain/brain.lock',
    'brain/staging/**',
    'brain/**/.fresh-<tag>',
    'inbox/.staging/**',
    'inbox/.received/**',
    'sync/state.json',
    'sync/sync.lock',
    'sync/filter',
    'sync/filter-summaries',
    'sync/held/**',
    'sync/rsync.log',
    'sync/outgoing/**',
    'sync/tmp/**',
    'tasks/**/.fresh-<tag>',
    'plans/**/.fresh-<tag>',
    'inbox/.fresh-<tag>',
    'signals/.fresh-<tag>',
    'signals/done/.fresh-<tag>',
    'gpus/<agent>/.fresh-<tag>',
    'cpus/<agent>/.fresh-<tag>',
    'gpus/<agent>/tmp/**',
    'cpus/<agent>/tmp/**',
    'gpus/<agent>/servers/**',
    'cpus/<agent>/servers/**',
    'gpus/<agent>/reservation.json',
    'gpus/<agent>/losses.json',
    'cpus/<agent>/losses.json',
    'cpus/<agent>/reservation.json',
  ],
};

/** The patterns that would match too much, and what they leave to rows of their own. */
const EXCEPT: Readonly<Record<string, string>> = {
  [PLAN_FILES]: '(?!.*/batches/)',
  [MADE_BY_TASKS]: '(?!.*/batches/[^/]+/(attempts|logs|commands|tasks)/)',
};

const bare = (pattern: RegExp): string => pattern.source.replace(/^\^/, '').replace(/\$$/, '');

const [batch, task, agent] = [bare(BATCH_ID), bare(TASK_ID), bare(AGENT_NAME)];
const marks = String.raw`(\.on-${bare(MODEL_NAME)})?(\.for-${agent})?(\.not-${agent})?`;
const counts = String.raw`a\d+f\d+l\d+n\d+`;
const queued = String.raw`\d{2}[0-9a-z]{10}\.(${TASK_CLASSES.join('|')})\.(\d+|all)\.${batch}\.${task}\.${counts}${marks}`;
const signal = String.raw`${agent}\.(stop|stop_now|pause|reserve|lend|(abort|kill)\.${batch}\.${task}\.a\d+)`;

/** What may stand for each word in angle brackets; a word that is not here is a mistake. */
const WORDS: Readonly<Record<string, string>> = {
  batch,
  task,
  agent,
  counts,
  queued,
  plan: bare(PLAN_NAME),
  claimed: String.raw`${queued}\.by-(${agent}|brain)`,
  reason: `(${FAILED_REASONS.join('|')})`,
  attempt: String.raw`${task}\.a\d+`,
  command: bare(COMMAND_ID),
  epoch: String.raw`\d{8}`,
  escalation: String.raw`${batch}\.${task}\.(a\d+|vanished)`,
  signal,
  n: String.raw`\d+`,
  gateway: '[A-Za-z0-9_-]+',
  parcel: String.raw`(${batch}|${bare(COMMAND_ID)}\.command|${signal}\.[0-9a-z]{7}\.signal)`,
  tag: '[a-z0-9.-]+',
};

function sourceOf(pattern: string): string {
  return pattern
    .split(/(<\w+>|\*\*)/)
    .map((part) => {
      if (part === '**') return '.+';
      const word = /^<(\w+)>$/.exec(part)?.[1];
      if (word === undefined) return part.replaceAll('.', String.raw`\.`);
      const source = WORDS[word];
      if (source === undefined) throw new Error(`nobody knows what <${word}> is`);
      return `(?:${source})`;
    })
    .join('');
}

export interface FilePattern {
  readonly pattern: string;
  matches(path: string): boolean;
  /** Whether `path` is a directory on the way to such a file. */
  leadsFrom(path: string): boolean;
}

export function compilePattern(pattern: string): FilePattern {
  const whole = new RegExp(`^${EXCEPT[pattern] ?? ''}${sourceOf(pattern)}$`);
  const parts = pattern.split('/');
  const ways = parts
    .slice(1)
    .map((_, index) => new RegExp(`^${sourceOf(parts.slice(0, index + 1).join('/'))}$`));
  return {
    pattern,
    matches: (path) => whole.test(path),
    leadsFrom: (path) => ways.some((way) => way.test(path)),
  };
}

/** Answers whether there may be a file, or a directory, at a path. */
export function openFileTable(): (path: string, isDirectory: boolean) => boolean {
  const rows = WAYS.flatMap((way) => FILES[way]).map(compilePattern);
  const topOf = (path: string): string => path.split('/', 1)[0]!;
  const byTop = new Map<string, FilePattern[]>();
  for (const row of rows) {
    const top = topOf(row.pattern);
    byTop.set(top, [...(byTop.get(top) ?? []), row]);
  }
  // A pattern such as `tasks/**/.fresh-<tag>` makes no directory known that no other pattern knows.
  const leads = (row: FilePattern, path: string): boolean =>
    !row.pattern.includes('**/') && row.leadsFrom(path);
  return (path, isDirectory) =>
    byTop.get(topOf(path))?.some((row) => row.matches(path) || (isDirectory && leads(row, path))) ??
    false;
}
