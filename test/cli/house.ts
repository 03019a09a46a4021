// A temporary `shared/` with a configuration of its own, and the built CLI as a black box.
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { launchRecordPath, launchSchema } from '../../agents/protocol/launch.ts';
import type { LaunchRecord } from '../../agents/protocol/launch.ts';
import { realSpawner } from '../../agents/process/spawner.ts';
import { DIRECTORIES } from '../../agents/protocol/layout.ts';

const TUTTI = join(import.meta.dirname, '../../dist/scripts/tutti.js');
export const HOST = 'house.test';

export interface Ran {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ran>;
  out(): string;
  signal(name: NodeJS.Signals): void;
}

export interface House {
  readonly root: string;
  readonly shared: string;
  readonly config: string;
  tutti(...args: readonly string[]): Promise<Ran>;
  start(...args: readonly string[]): Running;
  /** Sets a variable for every later call. */
  readonly env: Record<string, string>;
  write(path: string, content: unknown): void;
  read(path: string): string;
  has(path: string): boolean;
  launch(): LaunchRecord | null;
  /** Ends launch and everything it knows, and removes the folder. */
  close(): Promise<void>;
}

const isAlive = (pid: number | null): pid is number =>
  pid !== null && realSpawner.identify(pid) !== null;

export function openHouse(config: object = {}): House {
  const root = mkdtempSync(join(tmpdir(), 'tutti-house-'));
  const shared = join(root, 'shared');
  for (const directory of DIRECTORIES) mkdirSync(join(shared, directory), { recursive: true });
  const path = join(root, 'config.json');
  writeFileSync(path, JSON.stringify(config));
  const env: Record<string, string> = { TUTTI_HOST: HOST, NO_COLOR: '1' };
  const running = new Set<Running>();

  const start = (...args: readonly string[]): Running => {
    const all = [TUTTI, ...args, '--settings', path];
    const child = spawn(process.execPath, all, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    // Its output, not its streams: what it leaves in the background may hold them open.
    const ended = new Promise<Ran>((resolve) => {
      child.once('exit', (code) => setImmediate(() => resolve({ code, out, err })));
    });
    const one: Running = {
      pid: child.pid!,
      ended,
      out: () => out,
      signal: (name) => void child.kill(name),
    };
    running.add(one);
    void ended.then(() => running.delete(one));
    return one;
  };

  const launch = (): LaunchRecord | null => {
    const file = join(shared, launchRecordPath(HOST));
    return existsSync(file) ? launchSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;
  };

  return {
    root,
    shared,
    config: path,
    env,
    start,
    tutti: (...args) => start(...args).ended,
    write(file, content) {
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      mkdirSync(dirname(join(shared, file)), { recursive: true });
      // Complete or not at all, like everything in shared/: a command may be reading.
      const staged = join(root, `written-${process.pid}`);
      writeFileSync(staged, text);
      renameSync(staged, join(shared, file));
    },
    read: (file) => readFileSync(join(shared, file), 'utf8'),
    has: (file) => existsSync(join(shared, file)),
    launch,
    async close() {
      for (const one of running) one.signal('SIGKILL');
      await Promise.all([...running].map(({ ended }) => ended));
      const record = launch();
      // Launch first, or it would start again what is killed.
      const pids = [record?.pid ?? null, ...(record?.processes.map(({ pid }) => pid) ?? [])];
      for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
