// The heartbeat loop. It never waits for a write: while a mount does not answer it must still notice
// that the lease is about to run out.
import type { Heartbeat } from '../protocol/heartbeat.ts';
import { errnoOf } from '../protocol/errno.ts';
import { writeHeartbeat } from '../store/heartbeats.ts';
import { leave } from './agent.ts';
import type { Agent } from './agent.ts';
import { checkFence, fenceAfterMs, liftFence } from './fence.ts';
import { composeHeartbeat, stateOf } from './heartbeat.ts';

/** A change is published at once, but not oftener than this. */
const CHANGE_INTERVAL_MS = 500;

/** One write. Answers whether it came through; a disk that refuses is no reason to end. */
export async function publishHeartbeat(agent: Agent, state: Heartbeat['state']): Promise<boolean> {
  const { ports, state: mine } = agent;
  // A write that hangs and succeeds later says nothing about the time after its start.
  const startedMs = ports.clock.monotonicMs();
  mine.seq += 1;
  try {
    await writeHeartbeat(ports.store, composeHeartbeat(agent, state));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    ports.log.warn({ err: error }, 'the heartbeat cannot be written');
    return false;
  }
  mine.publishedMs = startedMs;
  liftFence(agent);
  return true;
}

/** What others react to; all the rest may wait for the next regular heartbeat. */
const gist = (agent: Agent): string =>
  JSON.stringify([
    stateOf(agent),
    [...agent.jobs.values()].map((job) => [job.claim.batch, job.claim.task, job.live?.leader?.pid]),
    agent.state.why,
    agent.state.card?.constrained,
    agent.ports.models.list(),
    [...agent.state.draining],
  ]);

const changeMsOf = ({ config }: Agent): number =>
  Math.min(CHANGE_INTERVAL_MS, config.agent.heartbeatIntervalMs);

/** Something that the heartbeat tells may have changed. One that was just written is looked at soon anyway. */
export function ringPulse(agent: Agent): void {
  const ageMs = agent.ports.clock.monotonicMs() - agent.state.beatMs;
  if (ageMs >= changeMsOf(agent)) agent.pulse.ring();
}

/** How long nothing has to be done, if nobody rings. */
function restMs(agent: Agent): number {
  const { ports, state, config } = agent;
  const { heartbeatIntervalMs: intervalMs } = config.agent;
  const changeMs = changeMsOf(agent);
  const nowMs = ports.clock.monotonicMs();
  const ageMs = nowMs - state.beatMs;
  if (ageMs < changeMs) return changeMs - ageMs;
  const toFenceMs = state.publishedMs + fenceAfterMs(config.agent) - nowMs;
  return Math.min(intervalMs - ageMs, toFenceMs > 0 ? toFenceMs + 1 : intervalMs);
}

export async function beat(agent: Agent): Promise<void> {
  const { ports, pulse, over, config, state } = agent;
  const intervalMs = config.agent.heartbeatIntervalMs;
  const changeMs = changeMsOf(agent);
  let writing: Promise<unknown> | null = null;
  let written = gist(agent);

  while (!over.signal.aborted) {
    checkFence(agent);
    const nowMs = ports.clock.monotonicMs();
    const ageMs = nowMs - state.beatMs;
    const isDue = ageMs >= intervalMs || (ageMs >= changeMs && gist(agent) !== written);
    if (isDue && writing === null) {
      state.beatMs = nowMs;
      written = gist(agent);
      writing = publishHeartbeat(agent, stateOf(agent))
        .catch((error: unknown) => leave(agent, error as Error))
        .finally(() => {
          writing = null;
          pulse.ring();
        });
    }
    await pulse.wait(writing === null ? Math.max(1, restMs(agent)) : changeMs);
  }
  await writing;
}
