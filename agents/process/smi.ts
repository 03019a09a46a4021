// The two ways to ask nvidia-smi: a stream of rows from one long-lived process, and one answer. The
// output is a pipe, because the reader is always there; when the agent dies, the next row it writes
// ends nvidia-smi as well.
import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface SmiStream {
  /** Resolves with the last thing it said when it has ended, or could not be started. */
  readonly ended: Promise<string>;
  stop(): void;
}

const PROGRAM = 'nvidia-smi';

/** `onLine` gets every line of its output; a line that was cut off by its death as well. */
export function streamSmi(args: readonly string[], onLine: (line: string) => void): SmiStream {
  const child = spawn(PROGRAM, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const hear = (line: string): void => {
    if (line.trim() !== '') said = line.trim();
  };
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve(said === '' ? `it ended with ${signal ?? `exit status ${code}`}` : said),
    );
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    hear(line);
    onLine(line);
  });
  createInterface({ input: child.stderr }).on('line', hear);
  return { ended, stop: () => void child.kill('SIGKILL') };
}

/** Its output, or null when it failed or gave no answer in time. */
export function querySmi(args: readonly string[], timeoutMs: number): Promise<string | null> {
  const options = { timeout: timeoutMs, killSignal: 'SIGKILL', encoding: 'utf8' } as const;
  return new Promise((resolve) => {
    execFile(PROGRAM, [...args], options, (error, stdout) =>
      resolve(error === null ? stdout : null),
    );
  });
}

/** The process group that `pid` belongs to; null when there is no such process here. */
export function processGroupOf(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    return null;
  }
}
