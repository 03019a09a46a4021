// Counts file operations with strace: every system call that names or changes something below shared/, of
// brain, agents and workers apart. Counted, not timed: strace makes the traced several times slower.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { descendantsOf, threadsOf } from './proc.ts';
import type { Stage } from './stage.ts';
import { eventually } from './waiting.ts';

/** Calls by name. */
export type Calls = Readonly<Record<string, number>>;

export interface Operations {
  readonly brain: Calls;
  readonly agents: Calls;
  readonly workers: Calls;
}

export const sumOf = (calls: Calls): number =>
  Object.values(calls).reduce((sum, count) => sum + count, 0);

export interface Tracing {
  /** Detaches and counts. */
  end(): Promise<Operations>;
}

interface Traced {
  readonly file: string;
  readonly threads: ReadonlySet<number>;
  readonly tracer: { detach(): Promise<void> };
}

/** `folder`: where the traces are written, outside of shared/. */
export async function traceStage(stage: Stage, folder: string): Promise<Tracing> {
  const programs = [stage.brain, ...stage.agents];
  const traced: Traced[] = [];
  for (const [index, { pid }] of programs.entries()) {
    const file = join(folder, `trace-${index}.txt`);
    traced.push({
      file,
      threads: await threadsOf(pid),
      tracer: await attach([pid, ...(await descendantsOf(pid))], file),
    });
  }
  return {
    async end() {
      const all: Call[][] = [];
      for (const { file, threads, tracer } of traced) {
        await tracer.detach();
        all.push(callsIn(await readFile(file, 'utf8'), stage.shared, threads));
      }
      const [brain = [], ...agents] = all;
      const own = agents.flat();
      return {
        brain: tally(brain),
        agents: tally(own.filter(({ isOwn }) => isOwn)),
        workers: tally(own.filter(({ isOwn }) => !isOwn)),
      };
    },
  };
}

/** One per process: it is traced now, or was too quick. */
const ANSWER = /^strace: (Process \d+ attached|attach: ).*$/gm;

/** With -f what the traced start is traced too, but not what they started before. */
async function attach(pids: readonly number[], file: string): Promise<{ detach(): Promise<void> }> {
  // With -y a descriptor is printed with its path, so that a write is known by the file it goes to.
  const args = ['-f', '-y', '-s', '0', '-e', 'trace=%file,%desc', '-e', 'signal=none', '-o', file];
  const child = spawn('strace', [...args, ...pids.flatMap((pid) => ['-p', String(pid)])], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve());
  });
  await eventually('strace is attached', () => {
    if (child.exitCode !== null) throw new Error(`strace ended: ${said}`);
    return Promise.resolve(said.match(ANSWER)?.length === pids.length ? true : null);
  });
  return {
    async detach() {
      child.kill('SIGINT');
      await ended;
    },
  };
}

interface Call {
  readonly name: string;
  /** Of a thread that the program had when it was attached; others are workers. */
  readonly isOwn: boolean;
}

/** They touch a descriptor and no file. */
const FREE = new Set([
  'close',
  'dup',
  'dup2',
  'dup3',
  'fcntl',
  'ioctl',
  'lseek',
  'getcwd',
  'chdir',
]);

const LINE = /^(\d+)\s+(\w+)\((.*)$/;

/** Each call once, where it begins: `<... resumed>` lines have no opening name. */
function callsIn(text: string, shared: string, threads: ReadonlySet<number>): Call[] {
  return text.split('\n').flatMap((line) => {
    const [, thread, name, rest] = LINE.exec(line) ?? [];
    if (thread === undefined || FREE.has(name!) || !rest!.includes(shared)) return [];
    return [{ name: name!, isOwn: threads.has(Number(thread)) }];
  });
}

function tally(calls: readonly Call[]): Calls {
  const counts: Record<string, number> = {};
  for (const { name } of calls) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
