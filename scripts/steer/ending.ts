// `tutti abort` and `tutti kill`: one running task, found by its claim, ended by the agent that runs it.
import { Fault } from '../../agents/protocol/fault.ts';
import { BRAIN_AGENT } from '../../agents/protocol/ids.ts';
import { parseComplete, parseFailed } from '../../agents/protocol/lane-name.ts';
import type { ClaimName } from '../../agents/protocol/lane-name.ts';
import { BELL_BRAIN, completePath, failedPath } from '../../agents/protocol/layout.ts';
import type { SignalName, TaskSignal } from '../../agents/protocol/signal.ts';
import { readShortLanes } from '../../agents/store/picture.ts';
import type { TaskState } from '../../agents/store/picture/model.ts';
import type { Store } from '../../agents/store/store.ts';
import type { Context, Shared } from '../context.ts';
import { findTask, splitTask } from '../look/names.ts';
import { isAcknowledged, signalAsOperator, waitFor } from './signalling.ts';

export interface EndOptions {
  readonly batch?: string;
  readonly reason?: string;
  /** Seconds to wait for an answer. */
  readonly timeout: number;
  readonly json?: true;
}

interface EndedTask {
  /** `aborted`, `killed`, or how it ended by itself in the last moment. */
  readonly outcome: string;
  readonly file: string;
}

export async function endTask(
  context: Context,
  verb: TaskSignal,
  text: string,
  options: EndOptions,
): Promise<void> {
  const shared = await context.open('write');
  const { store, settings } = shared;
  const claim = await findClaim(shared, text, options.batch);
  const { batch, task, agent } = claim;
  const { attempt } = claim.counts;
  const name: SignalName = { agent, verb, batch, task, attempt };
  const signal = await signalAsOperator(store, name, options.reason ?? `tutti ${verb}`);
  // The brain runs tasks of its own and hears another bell than the agents.
  if (agent === BRAIN_AGENT) await store.disk.touch(BELL_BRAIN);

  const interruption = context.interruption();
  const acknowledge = async () => (await isAcknowledged(store, name, signal)) || null;
  const timeoutMs = options.timeout * 1000;
  const isHeard = (await waitFor(acknowledge, timeoutMs, interruption)) !== null;
  const graceMs = settings.config.agent.abortGraceMs;
  const look = () => findEnd(store, claim);
  const ended = isHeard ? await waitFor(look, graceMs + timeoutMs, interruption) : null;
  interruption.throwIfAborted();

  if (ended === null) context.exit(1);
  if (options.json === true) {
    const record = { schema: `tutti.${verb}/1`, batch, task, attempt, agent };
    const answer = { ...record, acknowledged: isHeard, outcome: ended?.outcome ?? null };
    return context.output.json({ ...answer, file: ended?.file ?? null });
  }
  context.output.line(describe(claim, verb, isHeard ? null : options.timeout, ended));
}

function describe(
  { batch, task, counts, agent }: ClaimName,
  verb: TaskSignal,
  /** How long nobody answered, in seconds; null when it was heard. */
  silentS: number | null,
  ended: EndedTask | null,
): string {
  const what = `${batch}/${task}, attempt ${counts.attempt} on ${agent}`;
  if (ended !== null) return `${what}: ${ended.outcome} (${ended.file})`;
  if (silentS === null)
    return `${what}: ${agent} ends it and has not finished; see \`tutti status\``;
  return `${what}: no answer from ${agent} within ${silentS} s; the ${verb} stays in signals/ until it looks`;
}

/** @throws Fault TASK_IDLE, TASK_AMBIGUOUS, TASK_UNKNOWN, BATCH_UNKNOWN */
async function findClaim(
  shared: Shared,
  text: string,
  batchOption: string | undefined,
): Promise<ClaimName> {
  const [batchText, task] = splitTask(text, batchOption);
  const { claims } = await readShortLanes(shared.store.disk);
  const isMeant = ({ batch }: ClaimName): boolean =>
    batchText === undefined || batch.startsWith(batchText) || batch.endsWith(batchText);
  const found = claims.filter((claim) => claim.task === task && isMeant(claim));
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    throw new Fault('TASK_AMBIGUOUS', { task, known: found.map((claim) => claim.batch) });
  }
  throw await explainIdle(shared, text, batchOption);
}

function remedyFor(state: TaskState, name: string): string {
  switch (state) {
    case 'waiting':
    case 'queued':
    case 'retrying':
      return `\`tutti cancel ${name}\` keeps it from running.`;
    case 'running':
      return 'It was claimed or has ended in this moment: try again.';
    case 'complete':
      return 'There is nothing to end.';
    default:
      return `\`tutti retry ${name}\` runs it again.`;
  }
}

async function explainIdle(
  shared: Shared,
  text: string,
  batchOption: string | undefined,
): Promise<Fault> {
  const { batch, task } = await findTask(shared, text, batchOption);
  const own = batch.tasks.find(({ id }) => id === task);
  const children = batch.tasks.filter(({ heading, id }) => heading === task && id !== task);
  const running = children.filter(({ state }) => state === 'running').map(({ id }) => id);
  const name = `${batch.batch}/${task}`;
  if (running.length > 0) {
    const shown = running.slice(0, 5).join(', ');
    const remedy = `Name one of its running tasks: ${shown}; or \`tutti cancel ${name}\` for all.`;
    return new Fault('TASK_IDLE', { task: name, state: 'a foreach', remedy });
  }
  const state = own?.state ?? 'waiting';
  const remedy = remedyFor(state, name);
  return new Fault('TASK_IDLE', { task: name, state, remedy });
}

/** Where the attempt of `claim` ended. Attempt numbers are never used twice, so this is proof. */
async function findEnd(store: Store, claim: ClaimName): Promise<EndedTask | null> {
  const { batch, task, counts } = claim;
  for (const file of (await store.disk.list(failedPath(batch))) ?? []) {
    const name = parseFailed(file);
    if (name?.task === task && name.counts.attempt === counts.attempt) {
      return { outcome: name.reason, file: `${failedPath(batch)}/${file}` };
    }
  }
  for (const file of (await store.disk.list(completePath(batch))) ?? []) {
    const name = parseComplete(file);
    if (name?.task === task && name.counts.attempt === counts.attempt) {
      return { outcome: 'complete', file: `${completePath(batch)}/${file}` };
    }
  }
  return null;
}
