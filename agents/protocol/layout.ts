// Where everything lives below `shared/`. All paths are relative to `shared/` and use `/`, because
// two hosts mount the directory in two places. docs/PROTOCOL.md documents each path as an API.

export const INBOX = 'inbox';
/** Where gateways carry submissions, commands and signals to, one folder each (sync.ts). */
export const ARRIVING = 'inbox/.arriving';
/** What the brain has taken from there and is about to publish. */
export const RECEIVED = 'inbox/.received';
export const RECEIPTS = 'inbox/.receipts';
/** What `tutti sync` keeps on a gateway. */
export const SYNC = 'sync';
export const PLANS = 'plans';
export const QUEUE = 'tasks/queue';
export const PROCESSING = 'tasks/processing';
export const QUARANTINE = 'tasks/quarantine';
export const COMPLETE = 'tasks/complete';
export const FAILED = 'tasks/failed';
export const PRIVATE = 'brain/private_tasks';
export const EPOCHS = 'brain/epochs';
export const STAGING = 'brain/staging';
export const ESCALATIONS = 'brain/escalations';
export const STATE_FILE = 'brain/state.json';
export const SIGNALS = 'signals';
export const SIGNALS_DONE = 'signals/done';
export const DECISION_LOG = 'logs/brain_decisions.log';
export const BELL_BRAIN = 'bells/brain';
export const BELL_AGENTS = 'bells/agents';

/** What `tutti up` makes in an empty `shared/`. Nothing here is ever removed by a start. */
export const DIRECTORIES: readonly string[] = [
  PLANS,
  INBOX,
  `${INBOX}/.staging`,
  ARRIVING,
  RECEIVED,
  RECEIPTS,
  QUEUE,
  PROCESSING,
  COMPLETE,
  FAILED,
  QUARANTINE,
  PRIVATE,
  EPOCHS,
  STAGING,
  ESCALATIONS,
  SIGNALS,
  SIGNALS_DONE,
  'gpus',
  'cpus',
  'logs',
  'bells',
];

/** Folders of a batch. `results` and `output` belong to the plan's scripts. */
export const BATCH_DIRECTORIES: readonly string[] = ['attempts', 'logs', 'results', 'output'];

export const planPath = (plan: string): string => `${PLANS}/${plan}`;
export const batchPath = (plan: string, batch: string): string =>
  `${PLANS}/${plan}/batches/${batch}`;
export const privatePath = (batch: string): string => `${PRIVATE}/${batch}`;
export const completePath = (batch: string): string => `${COMPLETE}/${batch}`;
export const failedPath = (batch: string): string => `${FAILED}/${batch}`;
/** Where the private files of a closed batch rest: what is left there are templates and group records. */
export const archivedPrivatePath = (plan: string, batch: string): string =>
  `${batchPath(plan, batch)}/tasks`;

/** The items of an expanded `foreach`, frozen at expansion: `{v, template, items}`. */
export const groupRecordPath = (batch: string, template: string): string =>
  `${PRIVATE}/${batch}/${template}.group.json`;

export type AgentKind = 'gpu' | 'cpu';

export const agentPath = (kind: AgentKind, agent: string): string => `${kind}s/${agent}`;
export const heartbeatPath = (kind: AgentKind, agent: string): string =>
  `${agentPath(kind, agent)}/heartbeat.json`;

/** Files of one attempt: `run` is written by the worker, `record` by the agent, `log` is its output. */
export interface AttemptPaths {
  readonly run: string;
  readonly record: string;
  /** Where a record goes whose claim was taken back before it could be committed. */
  readonly late: string;
  readonly log: string;
}

export function attemptPaths(
  plan: string,
  batch: string,
  task: string,
  attempt: number,
): AttemptPaths {
  const base = batchPath(plan, batch);
  const stem = `${task}.a${attempt}`;
  return {
    run: `${base}/attempts/${stem}.run`,
    record: `${base}/attempts/${stem}.json`,
    late: `${base}/attempts/${stem}.late.json`,
    log: `${base}/logs/${stem}.log`,
  };
}
