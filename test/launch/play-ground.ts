// A temporary `shared/` and the real launch, as its own process, with stand-ins for brain and agents.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchRecordPath, launchSchema } from '../../agents/protocol/launch.ts';
import type { LaunchRecord, SupervisedRecord } from '../../agents/protocol/launch.ts';
import { realSpawner } from '../../agents/process/spawner.ts';
import { eventually } from '../helpers/eventually.ts';

const LAUNCH = join(import.meta.dirname, '../fixtures/launch/launch.mjs');
const HOST = 'rig.test';

export interface Launched {
  readonly pid: number;
  /** stdout and stderr so far, without the time at the start of each line. */
  text(): string;
  signal(name: NodeJS.Signals): void;
  /** Its exit code; null when a signal ended it. */
  readonly code: Promise<number | null>;
}

export interface Ground {
  readonly shared: string;
  launch(...flags: readonly string[]): Launched;
  read(path: string): string;
  record(): LaunchRecord | null;
  /** Waits until a process is in that state and answers its row. */
  reaches(name: string, state: SupervisedRecord['state']): Promise<SupervisedRecord>;
  /** Ends everything that the records of this ground know, and removes it. Throws when something had been left. */
  close(): Promise<void>;
}

export const isThere = (pid: number | null): boolean =>
  pid !== null && realSpawner.identify(pid) !== null;

export function openGround(
  names: readonly string[],
  launch: object = {},
  log: object = {},
): Ground {
  const root = mkdtempSync(join(tmpdir(), 'tutti-launch-'));
  const shared = join(root, 'shared');
  mkdirSync(shared);
  const agents = names.map((name) => ({ name, kind: 'cpu' }));
  const config = { agents, launch: { backoffMs: 10, stopTimeoutMs: 10_000, ...launch }, log };
  writeFileSync(join(root, 'config.json'), JSON.stringify(config));
  const started: Launched[] = [];
  const pids = new Set<number>();

  const record = (): LaunchRecord | null => {
    const path = join(shared, launchRecordPath(HOST));
    const read = existsSync(path)
      ? launchSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
      : null;
    for (const { pid } of read?.processes ?? []) if (pid !== null) pids.add(pid);
    return read;
  };
  return {
    shared,
    record,
    read: (path) => readFileSync(join(shared, path), 'utf8'),
    launch(...flags) {
      const args = [LAUNCH, '--config', join(root, 'config.json'), ...flags];
      const launched = start(args);
      started.push(launched);
      return launched;
    },
    reaches: (name, state) =>
      eventually(`${name} is ${state}`, () =>
        record()?.processes.find((one) => one.name === name && one.state === state),
      ),
    async close() {
      record();
      for (const one of started) if (isThere(one.pid)) one.signal('SIGKILL');
      await Promise.all(started.map(({ code }) => code));
      const left = [...pids].filter((pid) => isThere(pid));
      for (const pid of left) process.kill(pid, 'SIGKILL');
      rmSync(root, { recursive: true });
      if (left.length > 0) throw new Error(`processes were left: ${left.join(', ')}`);
    },
  };
}

function start(args: readonly string[]): Launched {
  const env = { ...process.env, TUTTI_HOST: HOST };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  return {
    pid: child.pid!,
    text: () => text.replaceAll(/^\d\d:\d\d:\d\dZ /gm, ''),
    signal: (name) => void child.kill(name),
    code: new Promise((resolve) => void child.once('close', (code) => resolve(code))),
  };
}
