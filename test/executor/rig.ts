// A shared directory with one batch, and everything an attempt needs to run in it for real.
import { mkdtempSync, mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import { startAttempt } from '../../agents/executor/attempt.ts';
import type { LiveAttempt } from '../../agents/executor/attempt.ts';
import type { Ending } from '../../agents/executor/conclude.ts';
import { placesOf } from '../../agents/executor/request.ts';
import type { AttemptRequest, ExecutorSettings } from '../../agents/executor/request.ts';
import type { AttemptPorts } from '../../agents/executor/run-file.ts';
import { realClock } from '../../agents/process/clock.ts';
import { realSpawner } from '../../agents/process/spawner.ts';
import type { Permissions } from '../../agents/protocol/permission.ts';
import { batchPath } from '../../agents/protocol/layout.ts';
import type { Task } from '../../agents/protocol/task.ts';
import { createDisk } from '../../agents/store/real-disk.ts';

/** One per process: other test files run beside this one and look for what theirs left behind. */
export const BATCH = `demo-20261121-021455-${process.pid.toString(36).padStart(5, '0')}`;
export const PLAN = 'demo';

export const silent: ExecutorSettings['log'] = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
};

export const permissive: Permissions = {
  v: 1,
  read: ['/'],
  write: ['/'],
  commands: { allow: [], deny: [] },
  network: true,
  limits: {},
};

export const baseSettings: ExecutorSettings = {
  permissions: permissive,
  sandbox: { kind: 'none', reason: 'not wanted here' },
  host: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
  workerLogLevel: 'info',
  abortGraceMs: 300,
  logBytesMax: 1_000_000,
  visibilityDelayMs: 0,
  log: silent,
};

export function taskOf(command: string, more: Partial<Task> = {}): Task {
  return {
    v: 1,
    id: 'task',
    batch: BATCH,
    plan: PLAN,
    template: 'task',
    executor: 'worker',
    task_class: 'cpu',
    command,
    depends_on: [],
    priority: 5,
    ...more,
  };
}

export const requestOf = (task: Task, more: Partial<AttemptRequest> = {}): AttemptRequest => ({
  task,
  attempt: 1,
  agent: 'cpu-1',
  inputs: {},
  cudaDevices: '',
  ...more,
});

export interface Rig {
  readonly ports: AttemptPorts;
  /** Absolute. */
  readonly shared: string;
  readonly batch: string;
  start(
    task: Task,
    settings?: Partial<ExecutorSettings>,
    more?: Partial<AttemptRequest>,
  ): Promise<LiveAttempt>;
  run(command: string, settings?: Partial<ExecutorSettings>, more?: Partial<Task>): Promise<Ending>;
  log(task?: Task): string;
  runFile(task?: Task): string;
}

const roots: string[] = [];

export function makeRig(name = 'shared'): Rig {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'tutti-executor-')));
  roots.push(root);
  const shared = path.join(root, name);
  const batch = path.join(shared, batchPath(PLAN, BATCH));
  for (const folder of ['attempts', 'logs', 'results', 'output']) {
    mkdirSync(path.join(batch, folder), { recursive: true });
  }
  const ports = { disk: createDisk(shared, false), spawner: realSpawner, clock: realClock };
  const read = (kind: 'run' | 'log', task: Task): string =>
    readFileSync(path.join(shared, placesOf(ports, requestOf(task)).files[kind]), 'utf8');
  const rig: Rig = {
    ports,
    shared,
    batch,
    async start(task, settings, more) {
      const started = await startAttempt(
        ports,
        { ...baseSettings, ...settings },
        requestOf(task, more),
      );
      if (started.is === 'refused') throw new Error(started.message);
      return started.live;
    },
    async run(command, settings, more) {
      return (await rig.start(taskOf(command, more), settings)).ended;
    },
    log: (task = taskOf('')) => read('log', task),
    runFile: (task = taskOf('')) => read('run', task),
  };
  return rig;
}

afterEach(() => {
  const left = realSpawner.stragglers(`${BATCH}.task.a1`);
  for (const pid of left) process.kill(pid, 'SIGKILL');
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
  if (left.length > 0) throw new Error(`processes that outlived their test: ${left.join(', ')}`);
});
