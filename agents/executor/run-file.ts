// The agent's side of the run file (its format: agents/protocol/attempt.ts, its writer: shim.ts).
// The file is created with O_EXCL by exactly one of two: the shim that starts the command, or an agent
// that found a claim and no sign of life, and makes sure that nothing will ever start behind it.
import type { Clock } from '../process/clock.ts';
import type { Spawner } from '../process/spawner.ts';
import { parseRunFile, VOID } from '../protocol/attempt.ts';
import type { RunFile } from '../protocol/attempt.ts';
import { errnoOf } from '../protocol/errno.ts';
import type { Disk } from '../store/disk.ts';

export interface AttemptPorts {
  readonly disk: Disk;
  readonly spawner: Spawner;
  readonly clock: Clock;
}

/** Two lines; the command in /proc/<pid>/stat is cut at 15 characters. */
const RUN_FILE_BYTES_MAX = 4096;
const TORN_WAIT_MS = 20;
const TROUBLE_WAIT_MS = 1000;

/** Not what a shim writes: nothing is known of its worker. */
const FOREIGN: RunFile = { worker: null, agent: null, exitCode: null, isVoid: false };

/** Null when there is none. A disk that refuses for the moment is asked again: an exit status must not be lost by it. */
export async function readRunFile(
  { disk, clock }: AttemptPorts,
  path: string,
): Promise<RunFile | null> {
  for (;;) {
    try {
      const text = await disk.read(path, RUN_FILE_BYTES_MAX);
      return text === null ? null : parseRunFile(text);
    } catch (error) {
      const code = errnoOf(error);
      if (code === undefined) throw error;
      if (code === 'ELOOP' || code === 'EFBIG' || code === 'EISDIR') return FOREIGN;
      await clock.sleep(TROUBLE_WAIT_MS);
    }
  }
}

/**
 * Makes sure that the attempt of this run file can never start. `void` when that is so; otherwise what the
 * worker wrote, because it was first. A worker that died between creating the file and writing to it
 * leaves it empty: `worker` is null then, and no process carries its claim any more.
 */
export async function voidAttempt(
  ports: AttemptPorts,
  path: string,
  claim: string,
): Promise<'void' | RunFile> {
  for (;;) {
    try {
      await ports.disk.create(path, VOID, false);
      return 'void';
    } catch (error) {
      // On a network mount an EEXIST can be the echo of our own success: the content decides.
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    // In this order: a worker that writes and ends between the two looks has been seen alive.
    const isAlive = ports.spawner.stragglers(claim).length > 0;
    const run = await readRunFile(ports, path);
    if (run?.isVoid === true) return 'void';
    if (run !== null && (run.worker !== null || !isAlive)) return run;
    await ports.clock.sleep(TORN_WAIT_MS);
  }
}
