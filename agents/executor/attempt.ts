// Starts an attempt, or takes one over that an earlier life of this agent started. Both answer a live
// attempt, whose `ended` resolves with everything its record needs.
import type { Attempt, Exit } from '../process/spawner.ts';
import type { RunFile } from '../protocol/attempt.ts';
import { errnoOf } from '../protocol/errno.ts';
import { copied, runFileOf, unstarted } from './conclude.ts';
import type { Context } from './conclude.ts';
import { endedAs, follow } from './live.ts';
import type { LiveAttempt } from './live.ts';
import type { LeaderEnd } from './outcome.ts';
import { prepare } from './prepare.ts';
import type { Refusal } from './prepare.ts';
import { placesOf } from './request.ts';
import type { AttemptRequest, ExecutorSettings } from './request.ts';
import { voidAttempt } from './run-file.ts';
import type { AttemptPorts } from './run-file.ts';

export type { LiveAttempt } from './live.ts';

export type StartedAttempt = Refusal | { readonly is: 'started'; readonly live: LiveAttempt };

/** The host's own shortage: another moment or another host may do. */
const SHORTAGES = new Set([
  'EAGAIN',
  'ENOMEM',
  'EMFILE',
  'ENFILE',
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'ESTALE',
]);

/** How often the run file of an adopted worker is read. */
const ADOPTED_LOOK_MS = 300;

export async function startAttempt(
  ports: AttemptPorts,
  settings: ExecutorSettings,
  request: AttemptRequest,
): Promise<StartedAttempt> {
  const context = { ports, settings, request };
  const { claim } = placesOf(ports, request);
  let attempt: Attempt;
  try {
    const prepared = await prepare(ports, settings, request);
    if (prepared.is === 'refused') {
      settings.log.info({ claim, outcome: prepared.outcome }, prepared.message);
      return prepared;
    }
    attempt = ports.spawner.startAttempt(request.agent, prepared.shim);
    // A start that failed has no pid, and its reason is on the way.
    if (attempt.pid < 0) await attempt.exited;
  } catch (error) {
    const refusal = refusedStart(error);
    settings.log.warn({ claim, outcome: refusal.outcome }, refusal.message);
    return refusal;
  }
  let { leader } = attempt;
  settings.log.debug({ claim, pid: attempt.pid }, 'started');
  const exited = attempt.exited.then(async (exit: Exit): Promise<LeaderEnd> => {
    leader ??= (await runFileOf(context))?.worker ?? null;
    return exit;
  });
  return { is: 'started', live: follow(context, exited, () => leader, attempt.release) };
}

function refusedStart(error: unknown): Refusal {
  const code = errnoOf(error);
  if (code === undefined) throw error;
  const message = `Not started: ${(error as Error).message}.`;
  const outcome = SHORTAGES.has(code) ? 'not_now' : 'failed';
  return { is: 'refused', outcome, message, errorType: code };
}

/**
 * The worker of an earlier agent is nobody's child, so it is polled: the run file for its exit status,
 * /proc for its death. An attempt that has not started never will, and ends as `lost`.
 */
export async function adoptAttempt(
  ports: AttemptPorts,
  settings: ExecutorSettings,
  request: AttemptRequest,
): Promise<LiveAttempt> {
  const context = { ports, settings, request };
  const { files, claim } = placesOf(ports, request);
  const run = await voidAttempt(ports, files.run, claim);
  if (run === 'void') return endedAs(unstarted('lost', 'its worker never started'));
  const { worker, agent, exitCode } = run;
  if (worker !== null && agent !== request.agent) return endedAs(copied());
  if (exitCode === null && worker !== null && worker.bootId !== ports.spawner.bootId) {
    const message = 'The host was restarted while it ran.';
    return endedAs({ ...unstarted('lost', ''), message });
  }
  settings.log.info({ claim, pid: worker?.pid }, 'adopted');
  return follow(context, pollLeader(context, run), () => worker);
}

async function pollLeader(context: Context, first: RunFile): Promise<LeaderEnd> {
  const { spawner, clock } = context.ports;
  const { worker } = first;
  const isRunning = (): boolean =>
    worker !== null && spawner.identify(worker.pid)?.startTime === worker.startTime;
  let { exitCode } = first;
  while (exitCode === null && isRunning()) {
    await clock.sleep(ADOPTED_LOOK_MS);
    exitCode = (await runFileOf(context))?.exitCode ?? null;
  }
  // It may have been written between the last look at the file and the death of the worker.
  return { code: exitCode ?? (await runFileOf(context))?.exitCode ?? null, signal: null };
}
