// From a dead process group to what its record says. Nothing here may lose an outcome: a log that cannot
// be read costs the message its quotation, never the task its result.
import type { ProcessIdentity, RunFile } from '../protocol/attempt.ts';
import { Fault } from '../protocol/fault.ts';
import type { Outcome } from '../protocol/words.ts';
import { errnoOf } from '../protocol/errno.ts';
import { finishLog, lastJsonLine, lastLine } from './log.ts';
import type { LogEnd } from './log.ts';
import { outcomeOf } from './outcome.ts';
import type { NamedEnd } from './outcome.ts';
import { awaitPaths } from './paths.ts';
import { placesOf, resolveRequest } from './request.ts';
import type { AttemptRequest, ExecutorSettings } from './request.ts';
import { readRunFile } from './run-file.ts';
import type { AttemptPorts } from './run-file.ts';
import { EXIT_UNSTARTED, EXIT_VOID } from '../process/shim.ts';
import type { GroupEnd } from './supervise.ts';

/** What an AttemptRecord says about the end. */
export interface Ending extends NamedEnd {
  readonly logDroppedBytes: number;
  /** The code of a Fault. */
  readonly errorType?: string;
  /** The last line of output, when it is a JSON object. */
  readonly result?: Record<string, unknown>;
  /** Another worker has this attempt: the file that was claimed is a copy of an old one. */
  readonly isCopy?: true;
}

export interface Context {
  readonly ports: AttemptPorts;
  readonly settings: ExecutorSettings;
  readonly request: AttemptRequest;
}

/** `leader`: what ran here, as far as anything did. */
export async function conclude(
  context: Context,
  { end, cause, reason }: GroupEnd,
  leader: ProcessIdentity | null,
  droppedBytes: number,
): Promise<Ending> {
  const isRefusal = end.code === EXIT_VOID || end.code === EXIT_UNSTARTED;
  if (isRefusal || end.code === null || cause !== null) {
    const run = await settledRunFile(context);
    if (run !== null && isForeign(context, run, leader, end.code)) {
      return copied();
    }
    // The shim says by these that it started nothing; but they may be the command's own.
    const isUnstarted = run === null || run.worker === null;
    if (isRefusal && isUnstarted) return refusedByShim(context, end.code);
  }
  const { dropped, tail } = await readLog(context, droppedBytes);
  const missingOutputs = end.code === 0 && cause === null ? await findMissingOutputs(context) : [];
  const named = unratedOf(
    context,
    outcomeOf({ end, cause, reason, lastLine: lastLine(tail), missingOutputs }),
  );
  const result = lastJsonLine(tail);
  return { ...named, logDroppedBytes: dropped, ...(result === undefined ? {} : { result }) };
}

/** What is to be rated does not count yet. */
const unratedOf = ({ request }: Context, end: NamedEnd): NamedEnd =>
  end.outcome === 'complete' && request.task.evaluate === true
    ? { ...end, outcome: 'unrated', message: `${end.message} Its output waits for a rating.` }
    : end;

const TORN_LOOKS = 5;
const TORN_WAIT_MS = 20;

/** Once its first line is written: another shim may have created it just before this one looked. */
async function settledRunFile(context: Context): Promise<RunFile | null> {
  for (let looks = 1; ; looks++) {
    const run = await runFileOf(context);
    const isTorn = run !== null && run.worker === null && !run.isVoid;
    if (!isTorn || looks === TORN_LOOKS) return run;
    await context.ports.clock.sleep(TORN_WAIT_MS);
  }
}

/** Whether the run file tells of another worker than the one that ended here, with `code`. */
function isForeign(
  { request }: Context,
  run: RunFile,
  leader: ProcessIdentity | null,
  code: number | null,
): boolean {
  const { worker, agent } = run;
  if (worker === null) return false;
  if (agent !== request.agent) return true;
  if (leader === null) return false;
  const isSame =
    worker.pid === leader.pid &&
    worker.startTime === leader.startTime &&
    worker.bootId === leader.bootId;
  // One shim serves many attempts, and this one may be an old one of its own.
  const isOld = code === EXIT_VOID && run.exitCode !== null && run.exitCode !== EXIT_VOID;
  return !isSame || isOld;
}

async function readLog({ ports, settings, request }: Context, dropped: number): Promise<LogEnd> {
  const { files, claim } = placesOf(ports, request);
  try {
    return await finishLog(ports.disk, files.log, settings.logBytesMax, dropped);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    settings.log.warn({ claim, problem: (error as Error).message }, 'its log cannot be read');
    return { dropped, tail: '' };
  }
}

async function findMissingOutputs(context: Context): Promise<readonly string[]> {
  const { ports, request, settings } = context;
  if (request.task.produces === undefined) return [];
  const { batchPath } = placesOf(ports, request);
  try {
    const { produces } = resolveRequest(ports, request);
    return await awaitPaths(ports, produces, batchPath, settings.visibilityDelayMs);
  } catch (error) {
    // It was resolved when the attempt started: only one that was adopted can meet other inputs.
    if (!(error instanceof Fault)) throw error;
    return [error.message];
  }
}

async function refusedByShim({ ports, request }: Context, code: number): Promise<Ending> {
  if (code === EXIT_VOID) return unstarted('lost', 'its run file was taken before it could start');
  const folder = parentOf(placesOf(ports, request).files.log);
  const isGone = (await ports.disk.stat(folder).catch(() => undefined)) === null;
  if (isGone) return unstarted('failed', `${folder} is not there`);
  return unstarted('not_now', 'its run file or its log could not be written; is the disk full?');
}

/** The attempt is another worker's. */
export const copied = (): Ending => ({
  ...unstarted('lost', 'this attempt was started before'),
  isCopy: true,
});

export function unstarted(outcome: Outcome, why: string): Ending {
  const message = `Nothing ran: ${why}.`;
  return { outcome, message, exitCode: null, signal: null, logDroppedBytes: 0 };
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

export const runFileOf = ({ ports, request }: Context): Promise<RunFile | null> =>
  readRunFile(ports, placesOf(ports, request).files.run);
