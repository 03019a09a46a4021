// From a dead process group to what its record says. Nothing here may lose an outcome: a log that cannot
// be read costs the message its quotation, never the task its result.
import type { RunFile } from '../protocol/attempt.ts';
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
}

export interface Context {
  readonly ports: AttemptPorts;
  readonly settings: ExecutorSettings;
  readonly request: AttemptRequest;
}

export async function conclude(
  context: Context,
  { end, cause, reason }: GroupEnd,
  droppedBytes: number,
): Promise<Ending> {
  if (end.code === EXIT_VOID || end.code === EXIT_UNSTARTED) {
    // The shim says by these that it started nothing; but they may be the command's own.
    const run = await runFileOf(context);
    if (run === null || run.worker === null) return refusedByShim(context, end.code);
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

export function unstarted(outcome: Outcome, why: string): Ending {
  const message = `Nothing ran: ${why}.`;
  return { outcome, message, exitCode: null, signal: null, logDroppedBytes: 0 };
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

export const runFileOf = ({ ports, request }: Context): Promise<RunFile | null> =>
  readRunFile(ports, placesOf(ports, request).files.run);
