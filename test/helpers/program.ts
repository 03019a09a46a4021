// One process under test, with its log in a file: a pipe that nobody drains would stop it.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { textOf } from './tree.ts';

export interface Program {
  readonly name: string;
  readonly pid: number;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Null while it runs. */
  readonly end: () => number | string | null;
  readonly log: () => string;
  /** Whether the test asked it to end. */
  isEndWanted: boolean;
  signal(name: NodeJS.Signals): void;
}

export interface ProgramOptions {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logPath: string;
}

export function startProgram({ name, file, args, env, logPath }: ProgramOptions): Program {
  const output = openSync(logPath, 'a');
  const child = spawn(file, [...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  let end: number | string | null = null;
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve((end = error.message)));
    child.once('exit', (code, signal) => resolve((end = code ?? signal ?? 'nothing')));
  });
  return {
    name,
    pid: child.pid ?? -1,
    ended,
    end: () => end,
    log: () => textOf(logPath) ?? '',
    isEndWanted: false,
    signal: (signal) => void child.kill(signal),
  };
}

/** Resolves to whether it ended in time. */
export function endsWithin(program: Program, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    void program.ended.finally(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
