// A temporary shared/ with one batch, and real agents that are started on it. After every test nothing
// may be left: no process that belongs to the batch, no temporary file.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttemptRecord } from '../../agents/protocol/attempt.ts';
import type { Heartbeat } from '../../agents/protocol/heartbeat.ts';
import { formatQueue, formatRank, parseClaim } from '../../agents/protocol/lane-name.ts';
import type { QueueName } from '../../agents/protocol/lane-name.ts';
import { BATCH_DIRECTORIES, batchPath, DIRECTORIES } from '../../agents/protocol/layout.ts';
import { formatSignal } from '../../agents/protocol/signal.ts';
import type { SignalName } from '../../agents/protocol/signal.ts';
import type { Task } from '../../agents/protocol/task.ts';
import { eventually } from '../helpers/eventually.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const MAIN = join(ROOT, 'dist/agents/gpu/main.js');
export const PLAN = 'demo';
export const NAME = 'worker-1';

let batches = 0;
/** Unique on this host, so that a search in /proc finds the processes of this test alone. */
const nextBatch = (): string =>
  `demo-20261121-021455-${(process.pid * 64 + batches++).toString(36).padStart(5, '0').slice(-5)}`;

const PLAN_TEXT = `---
inputs:
  greeting: { type: string, default: hello }
---

# Plan: demo

## Tasks

### task
- **executor**: worker
- **task_class**: cpu
- **command**: \`true\`
`;

/** Quick, so that a test sees leases run out. */
const CONFIG = {
  agents: [{ name: NAME, kind: 'cpu', slots: 2 }] as unknown,
  sandbox: 'off',
  permissions: { worker: join(ROOT, 'agents/permissions/worker.json') },
  agent: {
    heartbeatIntervalMs: 250,
    internalIntervalMs: 250,
    pollIntervalMs: 200,
    idlePollIntervalMs: 200,
    leaseMs: 3000,
    abortGraceMs: 300,
    avoidMs: 1500,
  },
};
export type Overrides = Partial<Omit<typeof CONFIG, 'agent'>> & { agent?: Record<string, unknown> };

export interface Agent {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** What it wrote to its log so far. */
  log(): string;
}

export class Stage {
  readonly home: string = realpathSync(mkdtempSync(join(tmpdir(), 'tutti-gpu-')));
  readonly shared: string = join(this.home, 'shared');
  readonly batch: string = nextBatch();
  readonly agents: Agent[] = [];
  private serial = 0;

  constructor(overrides: Overrides = {}) {
    const agent = { ...CONFIG.agent, ...overrides.agent };
    const config = { ...CONFIG, ...overrides, agent };
    writeFileSync(join(this.home, 'config.json'), JSON.stringify(config));
    const batch = batchPath(PLAN, this.batch);
    for (const path of [...DIRECTORIES, ...BATCH_DIRECTORIES.map((name) => `${batch}/${name}`)]) {
      mkdirSync(this.at(path), { recursive: true });
    }
    this.write(`${batch}/plan.md`, PLAN_TEXT);
    this.write(
      `${batch}/batch.json`,
      JSON.stringify({
        v: 1,
        id: this.batch,
        plan: PLAN,
        config: {},
        priority: 5,
        submitted_at: '2026-11-21T02:14:55.000Z',
        submitted_by: 'test',
      }),
    );
  }

  at(path: string): string {
    return join(this.shared, path);
  }

  write(path: string, text: string): void {
    writeFileSync(this.at(path), text);
  }

  read(path: string): string {
    return readFileSync(this.at(path), 'utf8');
  }

  list(path: string): string[] {
    try {
      return readdirSync(this.at(path)).toSorted();
    } catch {
      return [];
    }
  }

  name(task: string, more: Partial<QueueName> = {}): QueueName {
    return {
      rank: formatRank(5, this.serial++),
      taskClass: 'cpu',
      vram: 1024,
      batch: this.batch,
      task,
      counts: { attempt: 1, failures: 0, losses: 0, notNow: 0 },
      ...more,
    };
  }

  /** Releases a task the way the brain does: complete, by one rename. Answers its name in the queue. */
  release(
    task: string,
    command: string,
    more: Partial<Task> = {},
    name: Partial<QueueName> = {},
  ): string {
    const content: Task = {
      v: 1,
      id: task,
      batch: this.batch,
      plan: PLAN,
      template: task,
      executor: 'worker',
      task_class: name.taskClass ?? 'cpu',
      command,
      depends_on: [],
      priority: 5,
      ...more,
    };
    return this.place(formatQueue(this.name(task, name)), JSON.stringify(content));
  }

  place(file: string, text: string): string {
    const staged = `brain/staging/${file}`;
    this.write(staged, text);
    renameSync(this.at(staged), this.at(`tasks/queue/${file}`));
    this.write('bells/agents', '');
    return file;
  }

  signal(name: SignalName, by: 'operator' | 'brain' = 'operator', more: object = {}): void {
    const text = JSON.stringify({ v: 1, by, reason: 'the test says so', at: '', ...more });
    this.write(`brain/staging/${formatSignal(name)}`, text);
    renameSync(
      this.at(`brain/staging/${formatSignal(name)}`),
      this.at(`signals/${formatSignal(name)}`),
    );
    this.write('bells/agents', '');
  }

  signalTask(verb: 'abort' | 'kill', task: string, by: 'operator' | 'brain' = 'operator'): void {
    this.signal({ agent: NAME, verb, batch: this.batch, task, attempt: 1 }, by);
  }

  start(args: readonly string[] = ['--name', NAME], env: Record<string, string> = {}): Agent {
    const flags = ['--config', join(this.home, 'config.json'), '--shared', this.shared];
    const child = spawn(process.execPath, [MAIN, ...flags, ...args], {
      env: { ...process.env, GPU_LOG_LEVEL: 'debug', ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    const ended = new Promise<number | string>((resolve) => {
      child.once('close', (code, signal) => resolve(code ?? signal ?? 'nothing'));
    });
    const agent = { process: child, pid: child.pid!, ended, log: () => log };
    this.agents.push(agent);
    return agent;
  }

  async startUp(args?: readonly string[], env?: Record<string, string>): Promise<Agent> {
    const agent = this.start(args, env);
    const hasEnded = (): boolean => agent.process.exitCode !== null;
    await eventually(
      'the agent is up, or has ended',
      () => hasEnded() || agent.log().includes('"msg":"up"'),
    );
    if (hasEnded()) throw new Error(`the agent ended: ${agent.log()}`);
    return agent;
  }

  heartbeat(agent: string = NAME, kind = 'cpu'): Heartbeat {
    return JSON.parse(this.read(`${kind}s/${agent}/heartbeat.json`)) as Heartbeat;
  }

  record(task: string, attempt = 1, suffix = ''): AttemptRecord {
    const path = `${batchPath(PLAN, this.batch)}/attempts/${task}.a${attempt}${suffix}.json`;
    return JSON.parse(this.read(path)) as AttemptRecord;
  }

  log(task: string, attempt = 1): string {
    return this.read(`${batchPath(PLAN, this.batch)}/logs/${task}.a${attempt}.log`);
  }

  /** Where a task is now: `complete/task.a1f0l0n0.json`; null while it waits or runs. */
  final(task: string): string | null {
    for (const lane of ['complete', 'failed']) {
      const found = this.list(`tasks/${lane}/${this.batch}`).find((file) =>
        file.startsWith(`${task}.`),
      );
      if (found !== undefined) return `${lane}/${found}`;
    }
    return null;
  }

  finished(task: string): Promise<string> {
    return eventually(`${task} ends; ${this.agents.at(-1)?.log()}`, () => this.final(task));
  }

  running(task: string): Promise<string> {
    const isIt = (file: string): boolean => parseClaim(file)?.task === task;
    return eventually(`${task} runs; ${this.agents.at(-1)?.log()}`, () => {
      const file = this.list('tasks/processing').find(isIt);
      const run = `${batchPath(PLAN, this.batch)}/attempts`;
      const hasBegun = this.list(run).some((name) => name === `${task}.a1.run`);
      return hasBegun && this.survivors(task).length > 0 ? file : undefined;
    });
  }

  /** Every living process that carries the mark of this batch. */
  survivors(task = ''): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => isOf(pid, this.batch, task));
  }

  /** Stops what still runs and checks that nothing is left behind. */
  async close(): Promise<void> {
    for (const agent of this.agents) {
      agent.process.kill('SIGCONT');
      agent.process.kill('SIGINT');
      agent.process.kill('SIGTERM');
    }
    const ends = await Promise.all(this.agents.map((agent) => agent.ended));
    const temporary = [...this.list('gpus'), ...this.list('cpus')].flatMap((agent) => [
      ...this.list(`gpus/${agent}/tmp`),
      ...this.list(`cpus/${agent}/tmp`),
    ]);
    const survivors = this.survivors();
    for (const pid of survivors) process.kill(pid, 'SIGKILL');
    rmSync(this.home, { recursive: true, force: true });
    const left = [...survivors, ...temporary, ...ends.filter((end) => end === 70)];
    if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
  }
}

/** Of one task, or of all of them. */
function isOf(pid: number, batch: string, task: string): boolean {
  try {
    const environ = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    const isTask = task === '' || environ.includes(`TUTTI_TASK_ID=${task}`);
    return isTask && environ.includes(`TUTTI_BATCH_ID=${batch}`);
  } catch {
    return false;
  }
}
