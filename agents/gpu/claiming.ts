// Looks into the queue, lets admit.ts decide, and takes what it says. A job is reserved before its
// rename, so that no other look can spend the same memory.
import { hashText } from '../protocol/ids.ts';
import { formatQueue } from '../protocol/lane-name.ts';
import type { QueueName } from '../protocol/lane-name.ts';
import { QUEUE } from '../protocol/layout.ts';
import { utc } from '../process/clock.ts';
import { errnoOf } from '../protocol/errno.ts';
import { claim } from '../store/lanes.ts';
import { decideClaims } from './admit.ts';
import type { AdmitView, ServedModel } from './admit.ts';
import { haltOf } from './agent.ts';
import { isHot, reservations, slotsOf, usersOf } from './occupancy.ts';
import type { Agent, Job } from './agent.ts';
import { conduct } from './conduct.ts';
import { checkFence } from './fence.ts';
import type { InputReader } from './inputs.ts';
import { markOf } from './persist.ts';

/** Beyond this many places into the queue nobody needs to go to avoid the others. */
const SPREAD_MAX = 64;
const SPREAD_FIRST = 4;
const SPREAD_DECAY = 0.97;

/** Claims all that can run now; answers how many. */
export async function lookForWork(agent: Agent, readInputs: InputReader): Promise<number> {
  let waiting = await listQueue(agent);
  const tried = new Set<QueueName>();
  const avoidMs = noteAvoided(agent, waiting);
  const problems: [QueueName['taskClass'], string][] = [];
  let claimed = 0;
  for (;;) {
    checkFence(agent);
    const { claims, why } = decideClaims(viewOf(agent, waiting, avoidMs));
    agent.state.why = { ...why, ...Object.fromEntries(problems) };
    let isMissing = false;
    for (const name of claims) {
      const taken = await take(agent, name, readInputs);
      tried.add(name);
      if (taken.is === 'claimed') claimed += 1;
      else isMissing = true;
      if (taken.is === 'refused') {
        problems.push([name.taskClass, `the claim failed: ${taken.code}`]);
      }
      if (taken.is !== 'lost') continue;
      // Somebody else is at it too: what was listed with that task may be gone as well.
      waiting = await listQueue(agent);
      break;
    }
    // A name stays the same object for as long as it is listed.
    waiting = waiting.filter((name) => !tried.has(name));
    agent.state.waiting = waiting.length;
    if (!isMissing) return claimed;
  }
}

/** What no other agent is meant to run. */
async function listQueue({ ports, readQueue, me }: Agent): Promise<readonly QueueName[]> {
  const names = readQueue((await ports.store.disk.list(QUEUE)) ?? []);
  return names.filter(({ target }) => target === undefined || target === me.name);
}

function viewOf(
  agent: Agent,
  waiting: readonly QueueName[],
  avoidMs: ReadonlyMap<string, number>,
): AdmitView {
  const { me, state, config, ports } = agent;
  const { spread } = state;
  return {
    waiting,
    halt: haltOf(agent),
    isHot: isHot(agent),
    constrained: state.card?.constrained ?? [],
    slots: slotsOf(agent),
    metaSlots: config.agent.metaSlots,
    running: reservations(agent),
    card: ports.probe === null ? null : (state.card?.memory ?? null),
    models: servedBy(agent),
    keptFor: keptFor(agent),
    avoidMs,
    offset:
      spread === 0
        ? 0
        : Number.parseInt(hashText(`${me.name}.${state.looks++}`), 36) % Math.floor(spread),
  };
}

/** A load waits for the tasks of the card to end: new ones would make it wait for ever. */
function keptFor({ state }: Agent): string | null {
  const [model] = state.awaited;
  return model === undefined ? null : `model ${model}, which is about to be loaded`;
}

function servedBy(agent: Agent): ReadonlyMap<string, ServedModel> {
  const { ports, state } = agent;
  return new Map(
    ports.models.list().map(({ model, slots, state: is }) => {
      const used = usersOf(agent, model);
      const problem = state.draining.has(model)
        ? `model ${model} is about to be unloaded`
        : is === 'ready'
          ? null
          : `model ${model} is not loaded here`;
      return [model, { slots, used, problem }];
    }),
  );
}

/** A claim that the disk refused says with which errno. */
type Taken =
  { readonly is: 'claimed' | 'lost' } | { readonly is: 'refused'; readonly code: string };

async function take(agent: Agent, name: QueueName, readInputs: InputReader): Promise<Taken> {
  const { ports, me, state, jobs } = agent;
  // The claims before this one may have taken their time.
  checkFence(agent);
  if (haltOf(agent) !== null) return { is: 'lost' };
  const job = openJob(agent, { ...name, agent: me.name });
  const mark = markOf(job);
  if (jobs.has(mark)) return { is: 'lost' };
  jobs.set(mark, job);
  try {
    if ((await claim(ports.store, name, me.name)) === 'lost') {
      jobs.delete(mark);
      state.claimsLost += 1;
      state.spread = Math.min(SPREAD_MAX, Math.max(SPREAD_FIRST, state.spread * 2));
      return { is: 'lost' };
    }
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    ports.log.warn({ claim: mark, err: error }, 'the claim failed');
    // The rename may have happened all the same: its memory stays reserved until its file tells.
    void conduct(agent, job, readInputs);
    return { is: 'refused', code };
  }
  // Slowly: who goes back to the head of the queue at the first success meets all others there.
  state.spread = state.spread < SPREAD_FIRST ? 0 : state.spread * SPREAD_DECAY;
  state.avoided.delete(formatQueue(name));
  ports.log.debug({ claim: mark }, 'claim');
  void conduct(agent, job, readInputs);
  return { is: 'claimed' };
}

export function openJob(agent: Agent, claim: Job['claim'], isRecovered = false): Job {
  const { clock } = agent.ports;
  return {
    claim,
    isRecovered,
    task: null,
    startedAt: utc(clock),
    startedMs: clock.monotonicMs(),
    timeoutMs: agent.config.task.timeoutS * 1000,
    live: null,
    endWanted: null,
    usedMib: null,
    peakMib: null,
    isMissed: false,
    isSettling: false,
  };
}

/** For how long each task that failed here is still left alone; forgets those that are gone. */
function noteAvoided(agent: Agent, waiting: readonly QueueName[]): ReadonlyMap<string, number> {
  const { state, me, config, ports } = agent;
  const nowMs = ports.clock.monotonicMs();
  const files = waiting.filter(({ avoid }) => avoid === me.name).map(formatQueue);
  if (files.length + state.avoided.size === 0) return state.avoided;
  const kept = new Set(files);
  for (const file of state.avoided.keys()) if (!kept.has(file)) state.avoided.delete(file);
  for (const file of files) if (!state.avoided.has(file)) state.avoided.set(file, nowMs);
  return new Map(
    [...state.avoided].map(([file, sinceMs]) => [file, sinceMs + config.agent.avoidMs - nowMs]),
  );
}
