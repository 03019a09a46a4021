// `tutti pause` and `tutti resume`. A paused batch is the brain's affair: a command. A paused agent is
// one as long as a file lies in signals/, so it stays paused over restarts.
import { realClock, utc } from '../../agents/process/clock.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import { didYouMean } from '../../agents/protocol/plan/suggest.ts';
import { BELL_AGENTS } from '../../agents/protocol/layout.ts';
import { refuseGateway } from '../../agents/store/gateway.ts';
import { readHeartbeats } from '../../agents/store/heartbeats.ts';
import { listBatchIds } from '../../agents/store/picture.ts';
import { liftSignal, listSignals, sendSignal } from '../../agents/store/signals.ts';
import { ask } from './ask.ts';
import type { Context, Shared } from '../context.ts';
import { findBatchId } from '../look/names.ts';
import { ANSWER_TIMEOUT_S } from './patience.ts';
import { waitFor } from './signalling.ts';

export type PauseVerb = 'pause' | 'resume';

export interface PauseOptions {
  readonly json?: true;
}

interface Outcome {
  readonly target: 'agent' | 'batch';
  readonly name: string;
  readonly isDone: boolean;
  readonly text: string;
}

export async function pauseOrResume(
  context: Context,
  verb: PauseVerb,
  text: string,
  options: PauseOptions,
): Promise<void> {
  const shared = await context.open('write');
  const interruption = context.interruption();
  const agents = (await readHeartbeats(shared.store)).map(({ agent }) => agent);
  const {
    target,
    name,
    isDone,
    text: said,
  } = agents.includes(text)
    ? await turnAgent(shared, verb, text, interruption)
    : await turnBatch(shared, verb, await findBatchNamed(shared, text, agents));
  interruption.throwIfAborted();
  if (!isDone) context.exit(1);
  if (options.json === true) {
    const record = { schema: `tutti.${verb}/1`, target, name, done: isDone, text: said };
    return context.output.json(record);
  }
  context.output.line(`${name} ${said}`);
}

/** @throws Fault TARGET_UNKNOWN, BATCH_AMBIGUOUS */
async function findBatchNamed(
  shared: Shared,
  text: string,
  agents: readonly string[],
): Promise<string> {
  try {
    return await findBatchId(shared, text);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'BATCH_UNKNOWN') throw error;
    const hint = didYouMean(text, [...agents, ...(await listBatchIds(shared.store))]);
    throw new Fault('TARGET_UNKNOWN', { name: text, hint });
  }
}

async function turnBatch(shared: Shared, verb: PauseVerb, name: string): Promise<Outcome> {
  const answer = await ask(shared, { verb, batch: name });
  const target = 'batch';
  switch (answer.is) {
    case 'taken': {
      const text =
        verb === 'pause' ? 'is paused: what runs goes on, nothing new starts' : 'goes on';
      return { target, name, isDone: true, text };
    }
    case 'refused':
      return { target, name, isDone: false, text: `was not changed: ${answer.reason}` };
    case 'pending': {
      const text =
        answer.rig === null
          ? 'is as it was: no brain has answered; the command waits in inbox/ until one looks'
          : `is as it was: the command goes to ${answer.rig} with the next \`tutti sync\``;
      return { target, name, isDone: false, text };
    }
  }
}

async function turnAgent(
  { store }: Shared,
  verb: PauseVerb,
  name: string,
  interruption: AbortSignal,
): Promise<Outcome> {
  // A pause holds as long as its file lies there, and a file that is taken away cannot be carried.
  await refuseGateway(store.disk, `${verb} of an agent`);
  const signal = { agent: name, verb: 'pause' } as const;
  const isPaused = (await listSignals(store, name)).some((one) => one.verb === 'pause');
  const target = 'agent';
  if (isPaused === (verb === 'pause')) {
    const text = verb === 'pause' ? 'is paused already' : 'is not paused';
    return { target, name, isDone: true, text };
  }
  if (verb === 'pause') {
    const at = utc(realClock);
    await sendSignal(store, signal, { v: 1, by: 'operator', reason: 'tutti pause', at });
  } else {
    await liftSignal(store, signal);
    await store.disk.touch(BELL_AGENTS);
  }
  const look = async (): Promise<true | null> => {
    const file = (await readHeartbeats(store)).find(({ agent }) => agent === name);
    const isSeen = (file?.heartbeat?.state === 'paused') === (verb === 'pause');
    return isSeen ? true : null;
  };
  if ((await waitFor(look, ANSWER_TIMEOUT_S * 1000, interruption)) === null) {
    const what = verb === 'pause' ? 'will be paused' : 'goes on';
    return { target, name, isDone: false, text: `has not answered yet; it ${what} when it looks` };
  }
  const text = verb === 'pause' ? 'is paused: it finishes what runs' : 'goes on';
  return { target, name, isDone: true, text };
}
