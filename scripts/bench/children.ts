// Child processes of the benchmark, waited for: their output, or the time they took.
import { execFile, spawn } from 'node:child_process';
import { realClock } from '../../agents/process/clock.ts';

const OUTPUT_BYTES_MAX = 268_435_456;

/** Its standard output. Rejects with what it said on standard error when it fails. */
export function output(file: string, args: readonly string[], cwd?: string): Promise<string> {
  const options = { maxBuffer: OUTPUT_BYTES_MAX, ...(cwd === undefined ? {} : { cwd }) };
  return new Promise((resolve, reject) => {
    execFile(file, [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${file} ${args.join(' ').slice(0, 200)}: ${stderr || error.message}`));
    });
  });
}

/** How long a shell command takes, in ms. @throws when it fails */
export function timeOf(command: string, cwd?: string): Promise<number> {
  const startedMs = realClock.monotonicMs();
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', command], {
      stdio: ['ignore', 'ignore', 'inherit'],
      ...(cwd === undefined ? {} : { cwd }),
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve(realClock.monotonicMs() - startedMs);
      else reject(new Error(`ended with ${code}: ${command.slice(0, 200)}`));
    });
  });
}

/** `need`: the name of a program, or a shell command that succeeds where it is there. */
export const isInstalled = (need: string): Promise<boolean> =>
  output('/bin/sh', ['-c', need.includes(' ') ? need : `command -v ${need}`]).then(
    () => true,
    () => false,
  );
