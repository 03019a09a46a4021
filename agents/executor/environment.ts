// The environment of a task, built from nothing: what the host offers by name, the contract of
// docs/ENVIRONMENT.md, then what the task itself sets. Tokens, proxies with passwords, NODE_OPTIONS and
// NODE_EXTRA_CA_CERTS (which slows every start of Node) do not get through.
import { Fault } from '../protocol/fault.ts';
import type { Feedback } from '../protocol/thought.ts';
import type { ModelInUse } from './prompt.ts';

export type HostEnvironment = Readonly<Record<string, string | undefined>>;

/** What the agent tells a task about itself. Paths are absolute on this host. */
export interface Contract {
  readonly batch: string;
  readonly batchPath: string;
  readonly planPath: string;
  readonly task: string;
  readonly attempt: number;
  readonly agent: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly itemsPath: string | undefined;
  /** UUID of the card; empty where the task may see none. */
  readonly cudaDevices: string;
  /** The model that the task runs on. */
  readonly model: ModelInUse | undefined;
  /** Of the attempt before, where its output was rated as not good enough. */
  readonly feedback: Feedback | null;
}

const PASSED: readonly RegExp[] = [
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|LD_LIBRARY_PATH)$/,
  /^(VIRTUAL_ENV|CONDA_PREFIX|PYTHONPATH|SSL_CERT_FILE|SSL_CERT_DIR)$/,
  /^(CUDA_(HOME|PATH|CACHE_PATH)|NVIDIA_[A-Z_]+|HF_HOME|TORCH_HOME|XDG_[A-Z]+_(HOME|DIR|DIRS))$/,
];
const PROXY = /^(https?|no|all)_proxy$/i;
const DEFAULTS = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' };

/** Linux refuses a single string of 128 KiB; together they must leave room for the command. */
const INPUT_BYTES_MAX = 32_768;
const INPUTS_BYTES_MAX = 262_144;

/** The mark by which processes that left their group are found again: unique per attempt, for ever. */
export const claimMark = (batch: string, task: string, attempt: number): string =>
  `${batch}.${task}.a${attempt}`;

export function taskEnvironment(
  host: HostEnvironment,
  contract: Contract,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  for (const name of Object.keys(own)) refuseReserved(name);
  const { batch, task, attempt, model, itemsPath, feedback } = contract;
  return {
    ...DEFAULTS,
    ...passedFrom(host),
    CUDA_VISIBLE_DEVICES: contract.cudaDevices,
    ...(model === undefined ? {} : modelVariables(model, host)),
    ...own,
    ...inputVariables(contract.inputs),
    TUTTI_BATCH_ID: batch,
    TUTTI_BATCH_PATH: contract.batchPath,
    TUTTI_PLAN_PATH: contract.planPath,
    TUTTI_TASK_ID: task,
    TUTTI_ATTEMPT: String(attempt),
    TUTTI_AGENT: contract.agent,
    TUTTI_CLAIM: claimMark(batch, task, attempt),
    ...(itemsPath === undefined ? {} : { TUTTI_ITEMS_PATH: itemsPath }),
    ...(feedback === null
      ? {}
      : { TUTTI_RATING: String(feedback.rating), TUTTI_FEEDBACK: feedback.feedback }),
  };
}

/** The key goes under the name that the roster gives it, from the agent's own environment. */
function modelVariables(
  { apiBase, served, keyVariable }: ModelInUse,
  host: HostEnvironment,
): Record<string, string> {
  const key = keyVariable === null ? undefined : host[keyVariable];
  return {
    WORKER_API_BASE: apiBase,
    WORKER_MODEL: served,
    ...(keyVariable === null || key === undefined ? {} : { [keyVariable]: key }),
  };
}

const passed = new WeakMap<HostEnvironment, Readonly<Record<string, string>>>();

/** The same for every task of an agent. */
function passedFrom(host: HostEnvironment): Readonly<Record<string, string>> {
  const known = passed.get(host) ?? selectFrom(host);
  passed.set(host, known);
  return known;
}

function selectFrom(host: HostEnvironment): Record<string, string> {
  const selected: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    if (value === undefined) continue;
    const isProxy = PROXY.test(name) && !value.includes('@');
    if (isProxy || PASSED.some((pattern) => pattern.test(name))) selected[name] = value;
  }
  return selected;
}

/** `TUTTI_INPUT_<KEY>`; a value too long for an environment is left to batch.json. */
function inputVariables(inputs: Readonly<Record<string, unknown>>): Record<string, string> {
  const variables: Record<string, string> = {};
  let room = INPUTS_BYTES_MAX;
  for (const [key, value] of Object.entries(inputs)) {
    // As in a command: an optional input without a value is the empty text.
    const text = typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
    // UTF-8 needs at most three bytes for each UTF-16 unit.
    if (text === undefined || text.includes('\0') || text.length * 3 > INPUT_BYTES_MAX) continue;
    room -= text.length * 3;
    if (room < 0) break;
    variables[`TUTTI_INPUT_${key.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`] = text;
  }
  return variables;
}

function refuseReserved(name: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new Fault('ENVIRONMENT_INVALID', {
      name,
      problem: 'a name is letters, digits and `_`, and begins with no digit',
    });
  }
  if (name.startsWith('TUTTI_')) {
    throw new Fault('ENVIRONMENT_INVALID', { name, problem: 'names with TUTTI_ are tutti’s own' });
  }
}
