// What an agent asks of the executor, and where the files of that attempt are.
import type { Level, Log } from '../process/log.ts';
import { attemptPaths, batchPath, planPath } from '../protocol/layout.ts';
import type { AttemptPaths } from '../protocol/layout.ts';
import type { Task } from '../protocol/task.ts';
import { resolveCommand, wantsItemsFile } from './command.ts';
import type { ResolvedCommand } from './command.ts';
import { claimMark } from './environment.ts';
import type { HostEnvironment } from './environment.ts';
import type { Scope } from '../protocol/plan/variables.ts';
import type { Permissions } from '../protocol/permission.ts';
import type { ModelInUse, PromptSettings } from './prompt.ts';
import type { AttemptPorts } from './run-file.ts';
import type { Sandbox } from './sandbox.ts';

/** What holds for every attempt of one agent. */
export interface ExecutorSettings {
  readonly permissions: Permissions;
  readonly sandbox: Sandbox;
  /** The agent's own environment, of which a task gets what docs/ENVIRONMENT.md names. */
  readonly host: HostEnvironment;
  /** WORKER_LOG_LEVEL: `debug` writes the command into the log of the attempt, `trace` each of its steps. */
  readonly workerLogLevel: Level;
  readonly abortGraceMs: number;
  readonly logBytesMax: number;
  readonly visibilityDelayMs: number;
  /** Absent where no task with a prompt is ever run. */
  readonly prompts?: PromptSettings;
  readonly log: Pick<Log, 'debug' | 'info' | 'warn'>;
}

export interface AttemptRequest {
  readonly task: Task;
  readonly attempt: number;
  readonly agent: string;
  /** The batch's config with the defaults of the plan filled in. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly cudaDevices: string;
  /** What it runs on; absent for all tasks that name no model. */
  readonly model?: ModelInUse;
  /** The headings of its plan; only a task with a prompt needs them. */
  readonly planTasks?: readonly string[];
  /** From now; absent when somebody else watches the time. */
  readonly timeoutMs?: number;
}

/** Where an attempt lives: `files` relative to `shared/`, the rest on this host. */
export interface Places {
  readonly files: AttemptPaths & {
    /** A script too long for an argument. */
    readonly script: string;
    readonly items: string;
    readonly prompt: string;
  };
  readonly batchPath: string;
  readonly planPath: string;
  readonly claim: string;
}

const places = new WeakMap<AttemptRequest, Places>();

export function placesOf(ports: AttemptPorts, request: AttemptRequest): Places {
  const known = places.get(request) ?? computePlaces(ports, request);
  places.set(request, known);
  return known;
}

function computePlaces(ports: AttemptPorts, request: AttemptRequest): Places {
  const { task, attempt } = request;
  const files = attemptPaths(task.plan, task.batch, task.id, attempt);
  const stem = files.run.slice(0, -'.run'.length);
  const absolute = (path: string): string => ports.disk.absolute(path);
  return {
    files: {
      ...files,
      script: `${stem}.sh`,
      items: `${stem}.items.json`,
      prompt: `${stem}.prompt.json`,
    },
    batchPath: absolute(batchPath(task.plan, task.batch)),
    planPath: absolute(planPath(task.plan)),
    claim: claimMark(task.batch, task.id, attempt),
  };
}

/** Throws the Fault of an unresolved variable. */
export function resolveRequest(ports: AttemptPorts, request: AttemptRequest): ResolvedCommand {
  const itemsPath = ports.disk.absolute(placesOf(ports, request).files.items);
  const scope = scopeOf(ports, request);
  return resolveCommand(
    request.task,
    wantsItemsFile(request.task) ? { ...scope, itemsPath } : scope,
  );
}

export function scopeOf(ports: AttemptPorts, request: AttemptRequest): Scope {
  const { batchPath: BATCH_PATH, planPath: PLAN_PATH } = placesOf(ports, request);
  return { values: { ...request.inputs, BATCH_ID: request.task.batch, BATCH_PATH, PLAN_PATH } };
}
