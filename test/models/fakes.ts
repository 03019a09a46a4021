// Starts the fake servers, each a process of its own.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

export const FIXTURES = new URL('../fixtures/models', import.meta.url).pathname;

export interface Fake {
  readonly url: string;
  readonly pid: number;
  /** Resolves when it is gone. */
  end(): Promise<void>;
}

export async function startServer(name: string, args: readonly string[] = []): Promise<Fake> {
  const child = spawn(process.execPath, [join(FIXTURES, `${name}.mjs`), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
