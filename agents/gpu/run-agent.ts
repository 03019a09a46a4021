// The agent: a start that takes over what its last life left, two loops (work here, the heartbeat in
// pulse.ts), and an end that leaves nothing behind. Everything may be killed at any moment; then the
// workers live on, and the next life under the same name takes them over.
import { newestEpoch } from '../store/epoch.ts';
import { errnoOf } from '../protocol/errno.ts';
import { EXIT } from '../process/shutdown.ts';
import type { Config } from '../protocol/config.ts';
import type { Heartbeat } from '../protocol/heartbeat.ts';
import { createAgent, endJob, haltOf, leave } from './agent.ts';
import { reservations, slotsOf } from './occupancy.ts';
import type { Agent, AgentIdentity, AgentPorts } from './agent.ts';
import { isQueueLookDue, nextWaitMs } from './cadence.ts';
import { cardPortOf } from './card-port.ts';
import { lookForWork } from './claiming.ts';
import { openInputs } from './inputs.ts';
import type { InputReader } from './inputs.ts';
import { stateOf } from './heartbeat.ts';
import { dismissStaleStops, obeySignals, obeyStates } from './obey.ts';
import { lookAtPartners } from './partners.ts';
import { beat, publishHeartbeat, ringPulse } from './pulse.ts';
import { endOrphans, recoverClaims } from './recover.ts';
import { isSuperseded, readOwnHeartbeat, refuseRival } from './rival.ts';
import { lookAtCard, measureJobs } from './telemetry.ts';

const FAREWELLS_MAX = 5;
const FAREWELL_WAIT_MS = 200;
/** However many tasks end in this time, signals are looked for once. */
const SIGNALS_MS_MIN = 20;

/** Resolves with the exit code. @throws Fault AGENT_RUNNING, and what nobody expected */
export async function runAgent(
  ports: AgentPorts,
  me: AgentIdentity,
  config: Config,
): Promise<number> {
  const agent = createAgent(ports, me, config);
  const before = await readOwnHeartbeat(agent);
  await refuseRival(agent, before);
  await clearStaging(agent);
  await dismissStaleStops(agent);
  await obeyStates(agent);
  ports.shutdown.onRequest(() => ports.doorbell.ring());
  lookAtCard(agent);
  await ports.models.start(cardPortOf(agent));
  await publishHeartbeat(agent, stateOf(agent));
  ports.log.info({ agent: me.name, kind: me.kind, slots: slotsOf(agent) }, 'up');

  const beating = beat(agent);
  await work(agent, before).catch((error: unknown) => leave(agent, error as Error));
  const { reason } = agent.over.signal;
  agent.pulse.ring();
  await beating;
  if (reason instanceof Error) throw reason;
  if (reason === EXIT.ok) {
    await ports.models.close();
    await sayFarewell(agent);
    await tolerate(agent, () => clearStaging(agent));
  }
  ports.log.info({ agent: me.name, code: reason }, 'down');
  return reason as number;
}

/** Temporary files of earlier lives, or of writes that failed: they were never published. */
async function clearStaging({ ports }: Agent): Promise<void> {
  const { disk, staging } = ports.store;
  await disk.mkdir(staging);
  for (const name of (await disk.list(staging)) ?? []) await disk.unlink(`${staging}/${name}`);
}

/** What the work loop remembers between two turns. */
interface Turns {
  readonly readInputs: InputReader;
  /** The incarnation of the last life, whose heartbeat may still be there. */
  readonly earlier: string | null;
  hasEndedOrphans: boolean;
  externalMs: number;
  internalMs: number;
  queueMs: number;
  signalsMs: number;
  /** The last turn came too soon after the one before to look for signals. */
  isSignalLookDue: boolean;
  measuring: Promise<void>;
}

async function work(agent: Agent, before: Heartbeat | null): Promise<void> {
  const { ports, over, config } = agent;
  const { doorbell } = ports;
  const long = Number.NEGATIVE_INFINITY;
  const turns: Turns = {
    readInputs: openInputs({ ...ports, visibilityDelayMs: config.agent.visibilityDelayMs }),
    externalMs: long,
    earlier: before?.incarnation ?? null,
    internalMs: long,
    queueMs: long,
    signalsMs: long,
    isSignalLookDue: false,
    measuring: Promise.resolve(),
    hasEndedOrphans: false,
  };
  await tolerate(agent, () => takeOver(agent, turns, before));
  let waitMs = 0;
  while (!over.signal.aborted) {
    const claimed = (await tolerate(agent, () => turn(agent, turns))) ?? 0;
    ringPulse(agent);
    if (over.signal.aborted) break;
    if (isDone(agent)) leave(agent, EXIT.ok);
    else {
      const isIdle = agent.jobs.size === 0 && agent.state.waiting === 0;
      const { isNetwork } = agent.me;
      waitMs = nextWaitMs(waitMs, claimed > 0, { ...config.agent, isNetwork, isIdle });
      await doorbell.wait(turns.isSignalLookDue ? Math.min(waitMs, SIGNALS_MS_MIN) : waitMs);
    }
  }
  await turns.measuring;
}

/** Asked to stop, and nothing runs. A quick stop leaves what the disk refuses to the next life. */
function isDone({ ports, jobs, state }: Agent): boolean {
  const { level } = ports.shutdown;
  return level > 0 && (jobs.size === 0 || (level > 1 && state.troubles.size === jobs.size));
}

/** A disk that refuses a look is asked again at the next turn. */
async function tolerate<T>(agent: Agent, step: () => Promise<T>): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    agent.ports.log.warn({ err: error }, 'shared/ cannot be read');
    return undefined;
  }
}

async function turn(agent: Agent, turns: Turns): Promise<number> {
  const { ports, config, jobs } = agent;
  const nowMs = ports.clock.monotonicMs();
  lookAtCard(agent);
  turns.isSignalLookDue = nowMs - turns.signalsMs < SIGNALS_MS_MIN;
  if (!turns.isSignalLookDue) {
    turns.signalsMs = nowMs;
    await obeySignals(agent);
  }
  if (ports.shutdown.level > 1) {
    for (const job of jobs.values()) endJob(job, 'returned', 'the agent stops at once');
  }
  if (nowMs - turns.internalMs >= config.agent.internalIntervalMs) {
    turns.internalMs = nowMs;
    turns.measuring = lookClosely(agent);
  }
  if (nowMs - turns.externalMs >= config.agent.heartbeatIntervalMs) {
    turns.externalMs = nowMs;
    await lookOutside(agent, turns);
  }
  const busy = reservations(agent).filter(
    ({ taskClass, isServed }) => taskClass !== 'meta' && !isServed,
  ).length;
  const look = {
    isHalted: haltOf(agent) !== null,
    isFull: busy >= slotsOf(agent) && ports.models.list().length === 0,
    sinceLastMs: nowMs - turns.queueMs,
  };
  if (!isQueueLookDue(look, config.agent)) return 0;
  turns.queueMs = nowMs;
  return lookForWork(agent, turns.readInputs);
}

/** What takes its time: whose memory it is, and whether the model servers live. */
async function lookClosely(agent: Agent): Promise<void> {
  await measureJobs(agent);
  await agent.ports.models.look();
}

/** The external cycle: who else is there, and what carries this agent's name. */
async function lookOutside(agent: Agent, turns: Turns): Promise<void> {
  const { ports, state } = agent;
  if (await isSuperseded(agent, turns.earlier)) {
    leave(agent, EXIT.superseded);
    return;
  }
  const epoch = await newestEpoch(ports.store);
  if (epoch > state.epoch) ports.log.info({ epoch }, 'a new brain');
  state.epoch = Math.max(state.epoch, epoch);
  await lookAtPartners(agent);
  if (!state.isFenced) await takeOver(agent, turns, null);
}

/** What earlier lives left, and what changed behind the back of this one. */
async function takeOver(agent: Agent, turns: Turns, before: Heartbeat | null): Promise<void> {
  if (!turns.hasEndedOrphans) await endOrphans(agent);
  turns.hasEndedOrphans = true;
  await recoverClaims(agent, turns.readInputs, before);
}

async function sayFarewell(agent: Agent): Promise<void> {
  agent.state.why = {};
  for (let attempt = 0; attempt < FAREWELLS_MAX; attempt++) {
    if (await publishHeartbeat(agent, 'stopped')) return;
    await agent.ports.clock.sleep(FAREWELL_WAIT_MS);
  }
}
