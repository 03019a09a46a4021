// Starts a program of this project by its path, in a session of its own: a Ctrl-C on the terminal then
// reaches whoever started it, once, and not also everything behind it.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { realClock } from './clock.ts';
import { onPress } from './presses.ts';
import { programEnvironment } from './settings.ts';
import type { Exit } from './spawner.ts';

export interface Program {
  readonly pid: number;
  /** Rejects when it could not be started. */
  readonly exited: Promise<Exit>;
  signal(name: NodeJS.Signals): void;
  /** Lets this process end while the program goes on. */
  release(): void;
}

/** `output`: the absolute path of a file that gets both streams; null for those of this process. */
export function startProgram(
  entry: string,
  args: readonly string[],
  output: string | null,
): Program {
  const stream = output === null ? ('inherit' as const) : openSync(output, 'a');
  try {
    const child = spawn(process.execPath, [entry, ...args], {
      detached: true,
      env: programEnvironment(),
      stdio: ['ignore', stream, stream],
    });
    const exited = new Promise<Exit>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    return {
      pid: child.pid ?? -1,
      exited,
      signal: (name) => void child.kill(name),
      release: () => child.unref(),
    };
  } finally {
    if (stream !== 'inherit') closeSync(stream);
  }
}

/** Runs it in front of the person: each signal is passed on, and its exit code is the answer. */
export async function runProgram(entry: string, args: readonly string[]): Promise<number> {
  const program = startProgram(entry, args, null);
  onPress(realClock, (press) => program.signal(press));
  const { code } = await program.exited;
  return code ?? 1;
}
