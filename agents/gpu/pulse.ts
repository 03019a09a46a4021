// The heartbeat loop. It never waits for a write: while a mount does not answer it must still notice
// that the lease is about to run out.
import type { Heartbeat } from '../protocol/heartbeat.ts';
import { errnoOf } from '../protocol/errno.ts';
import { writeHeartbeat } from '../store/heartbeats.ts';
import { leave } from './agent.ts';
import type { Agent } from './agent.ts';
import { checkFence, liftFence } from './fence.ts';
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

export async function beat(agent: Agent): Promise<void> {
  const { ports, pulse, over, config } = agent;
  const intervalMs = config.agent.heartbeatIntervalMs;
  const changeMs = Math.min(CHANGE_INTERVAL_MS, intervalMs);
  let writing: Promise<unknown> | null = null;
  let writtenMs = ports.clock.monotonicMs();
  let written = gist(agent);

  while (!over.signal.aborted) {
    checkFence(agent);
    const nowMs = ports.clock.monotonicMs();
    const ageMs = nowMs - writtenMs;
    const isDue = ageMs >= intervalMs || (ageMs >= changeMs && gist(agent) !== written);
    if (isDue && writing === null) {
      writtenMs = nowMs;
      written = gist(agent);
      writing = publishHeartbeat(agent, stateOf(agent))
        .catch((error: unknown) => leave(agent, error as Error))
        .finally(() => {
          writing = null;
          pulse.ring();
        });
    }
    await pulse.wait(Math.max(1, ageMs < changeMs ? changeMs - ageMs : changeMs));
  }
  await writing;
}
