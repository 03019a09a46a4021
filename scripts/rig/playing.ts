// `tutti play`: brings up what is not up, plays one batch to its end, and stops what it started.
import { realClock } from '../../agents/process/clock.ts';
import { onPress } from '../../agents/process/presses.ts';
import type { Program } from '../../agents/process/program.ts';
import { EXIT } from '../../agents/process/shutdown.ts';
import type { Summary } from '../../agents/protocol/batch.ts';
import { PROCESS_LOGS } from '../../agents/protocol/launch.ts';
import { ask } from '../steer/ask.ts';
import type { Context, Shared } from '../context.ts';
import { readLiveLaunch, startLaunchBehind, waitForArrivals } from './launching.ts';
import type { Arrival } from './launching.ts';
import { readBrain } from '../look/look.ts';
import { refuseUnfit } from '../models/unfit.ts';
import { exitCodeOfVerdict, progress } from '../live/progress.ts';
import { prepare, submitPrepared } from '../submit/submitting.ts';
import type { SubmitOptions } from '../submit/submitting.ts';

export interface PlayOptions extends SubmitOptions {
  readonly keepUp?: true;
}

const ARRIVAL_TIMEOUT_MS = 30_000;
const WATCH_INTERVAL_MS = 500;

export async function play(context: Context, text: string, options: PlayOptions): Promise<void> {
  const { output } = context;
  const shared = await context.open('write');
  const prepared = await prepare(shared, text, options);
  for (const warning of prepared.warnings) output.note(output.notePaint.yellow(warning));
  // From here on Ctrl-C is ours: what was started is also stopped.
  const presses = openPresses(context);
  const started = await bringUp(context, shared, presses);
  if (started === 'failed') return context.exit(EXIT.failed);
  const isKept = (): boolean => options.keepUp === true && !presses.first.aborted;
  try {
    if (presses.first.aborted) return;
    const { batch } = await submitPrepared(shared, prepared);
    const summary = await follow(context, shared, batch, started, presses);
    if (summary !== null && !presses.first.aborted) context.exit(exitCodeOfVerdict(summary));
    else if (!presses.first.aborted) context.exit(EXIT.failed);
  } finally {
    if (started !== 'was up') await bringDown(context, started, presses, isKept());
  }
}

interface Presses {
  /** Ctrl-C or TERM, once. */
  readonly first: AbortSignal;
  readonly second: AbortSignal;
}

function openPresses(context: Context): Presses {
  const second = new AbortController();
  const first = context.interruption();
  let count = 0;
  onPress(realClock, () => {
    count += 1;
    if (count === 2) second.abort();
  });
  return { first, second: second.signal };
}

async function bringUp(
  context: Context,
  shared: Shared,
  { first }: Presses,
): Promise<Program | 'was up' | 'failed'> {
  const { output } = context;
  const { store, settings, mount } = shared;
  const isUp = (await readLiveLaunch(store, settings.host)) !== null;
  if (isUp || (await readBrain(shared)).state === 'alive') return 'was up';
  await refuseUnfit(settings, store);
  const { program, readOutput } = await startLaunchBehind(context, shared, []);
  const { host } = settings;
  const arrivals = await waitForArrivals(store, host, program.pid, ARRIVAL_TIMEOUT_MS, first);
  const problem = arrivals === null ? await readOutput() : problemOf(arrivals);
  if (first.aborted) return program;
  if (problem === null) {
    const names = (arrivals ?? []).filter(({ is }) => is === 'alive').map(({ name }) => name);
    output.note(`${names.join(' and ')} started; their logs are in ${mount.root}/${PROCESS_LOGS}`);
    return program;
  }
  output.note(`${output.notePaint.red('tutti could not start:')}\n${problem}`);
  program.signal('SIGTERM');
  await program.exited;
  return 'failed';
}

/** Null when there is a brain and somebody to work for it. */
function problemOf(arrivals: readonly Arrival[]): string | null {
  const agents = arrivals.filter(({ process }) => process.kind !== 'brain');
  const hasBrain = arrivals.some(({ is, process }) => process.kind === 'brain' && is === 'alive');
  if (hasBrain && agents.some(({ is }) => is === 'alive')) return null;
  if (agents.length === 0) return 'config.json names no agent for this host; `tutti setup` does';
  return arrivals
    .filter(({ is }) => is !== 'alive')
    .map(({ name, process }) => `${name} ${process.note}`)
    .join('\n');
}

/** Null when it was not followed to its end. */
async function follow(
  context: Context,
  shared: Shared,
  batch: string,
  started: Program | 'was up',
  presses: Presses,
): Promise<Summary | null> {
  const { output } = context;
  const over = new AbortController();
  const lost = started === 'was up' ? null : watchLaunch(shared, started.pid, over);
  const cancel = async (): Promise<void> => {
    const how = 'Ctrl-C again stops at once';
    output.note(`cancelling ${batch} and waiting for what runs to end; ${how}`);
    await ask(shared, { verb: 'cancel', batch });
  };
  const cancelled: Promise<void>[] = [];
  const onFirst = (): void => void cancelled.push(cancel());
  if (presses.first.aborted) onFirst();
  else presses.first.addEventListener('abort', onFirst, { once: true });
  const signal = AbortSignal.any([over.signal, presses.second]);
  const summary = await progress(context, batch, { signal });
  const problem = over.signal.aborted ? await lost : null;
  over.abort();
  await Promise.all(cancelled);
  if (problem !== null) output.note(output.notePaint.red(problem));
  return summary;
}

/** Nothing would ever end a batch whose brain or agents are gone for good: it says so and aborts `over`. */
async function watchLaunch(
  { store, settings }: Shared,
  pid: number,
  over: AbortController,
): Promise<string | null> {
  const isGone = (state: string): boolean => state === 'refused' || state === 'gave_up';
  while (!over.signal.aborted) {
    await realClock.sleep(WATCH_INTERVAL_MS, over.signal);
    const launch = await readLiveLaunch(store, settings.host);
    const brain = launch?.processes.find(({ kind }) => kind === 'brain');
    const agents = launch?.processes.filter(({ kind }) => kind !== 'brain') ?? [];
    let problem: string | null = null;
    if (launch?.pid !== pid) problem = 'launch has ended; `tutti play` again goes on with --resume';
    else if (brain !== undefined && isGone(brain.state)) problem = `brain ${brain.note}`;
    else if (agents.every(({ state }) => isGone(state))) {
      problem = agents.map(({ name, note }) => `${name} ${note}`).join('\n');
    }
    if (problem !== null && !over.signal.aborted) {
      over.abort();
      return problem;
    }
  }
  return null;
}

async function bringDown(
  { output }: Context,
  program: Program,
  { second }: Presses,
  isKept: boolean,
): Promise<void> {
  if (isKept) {
    output.note('brain and agents stay up; `tutti stop --all` stops them');
    return program.release();
  }
  program.signal('SIGTERM');
  // The second request goes as the other signal, so that both arrive.
  const hurry = (): void => program.signal('SIGINT');
  if (second.aborted) hurry();
  else second.addEventListener('abort', hurry);
  await program.exited;
}
