// Mounts nfs-like.c: one directory, and any number of clients of it that each remember what they saw. Needs
// FUSE, a C compiler and the right to mount; where one is missing, `openServer` says which.
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../helpers/eventually.ts';

const run = promisify(execFile);
const SOURCE = join(import.meta.dirname, 'nfs-like.c');
const FUSE_SUPER_MAGIC = 0x65735546;

/** The options of nfs-like.c, which says what each does. */
export type Knobs = Readonly<Record<string, number | true>>;

export interface Server {
  /** What is really there, without anybody's memory. */
  readonly backing: string;
  /** Answers the mount point of a new client. */
  mount(knobs: Knobs): Promise<string>;
  /** Ends all clients and removes everything. */
  close(): Promise<void>;
}

/** A text is the reason why there is none. */
export async function openServer(): Promise<Server | string> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'tutti-nfs-')));
  const program = join(home, 'nfs-like');
  const server = createServer(home, program);
  try {
    const { stdout } = await run('pkg-config', ['--cflags', '--libs', 'fuse3']);
    await run('cc', ['-O1', '-o', program, SOURCE, ...stdout.trim().split(/\s+/)]);
    await server.mount({});
    return server;
  } catch (error) {
    await server.close();
    const { message } = error as Error;
    const problem = message.trim().replaceAll(/\s+/g, ' ').slice(0, 200);
    process.stderr.write(`tests on network mounts are skipped: ${problem}\n`);
    return problem;
  }
}

interface Client {
  readonly path: string;
  readonly daemon: ChildProcess;
  readonly ended: Promise<void>;
  readonly said: () => string;
}

function createServer(home: string, program: string): Server {
  const backing = join(home, 'backing');
  mkdirSync(backing);
  const clients: Client[] = [];
  return {
    backing,
    async mount(knobs) {
      const path = join(home, `client-${clients.length}`);
      mkdirSync(path);
      const client = startClient(program, path, optionsOf(backing, knobs, clients.length));
      clients.push(client);
      await eventually(`a mount at ${path}: ${client.said()}`, () => {
        if (client.daemon.exitCode !== null) throw new Error(`cannot mount: ${client.said()}`);
        return isMounted(path);
      });
      return path;
    },
    async close() {
      await Promise.all(clients.map(unmount));
      if (clients.some(({ path }) => isMounted(path))) throw new Error(`still mounted in ${home}`);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

const optionsOf = (backing: string, knobs: Knobs, index: number): string =>
  [
    `backing=${backing}`,
    `seed=${index + 1}`,
    ...Object.entries(knobs).map(([name, value]) => (value === true ? name : `${name}=${value}`)),
    'fsname=nfs-like',
  ].join(',');

function startClient(program: string, path: string, options: string): Client {
  const daemon = spawn(program, [path, '-f', '-o', options], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  daemon.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<void>((resolve) => {
    daemon.once('error', () => resolve());
    daemon.once('exit', () => resolve());
  });
  return { path, daemon, ended, said: () => said };
}

const isMounted = (path: string): boolean => statfsSync(path).type === FUSE_SUPER_MAGIC;

async function unmount({ path, daemon, ended }: Client): Promise<void> {
  daemon.kill('SIGTERM');
  await ended;
  // Unmounted by now, unless the daemon crashed.
  await run('fusermount3', ['-u', '-z', path]).catch(() => undefined);
}
