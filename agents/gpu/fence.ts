// Self-fencing (docs/ARCHITECTURE.md, rule 5). An agent that could not publish its heartbeat for long, because the
// mount is gone or because it was stopped itself, must not go on as if its claims were still its own:
// another agent may be running the same tasks already.
import { endJob } from './agent.ts';
import type { Agent } from './agent.ts';

export interface LeaseTimes {
  readonly leaseMs: number;
  readonly heartbeatIntervalMs: number;
}

/** Leaves two heartbeats to end everything before the lease runs out, and half a one of tolerance. */
export const fenceAfterMs = ({ leaseMs, heartbeatIntervalMs }: LeaseTimes): number =>
  Math.max(leaseMs - 2 * heartbeatIntervalMs, 1.5 * heartbeatIntervalMs);

export const isAtRisk = (silentMs: number, times: LeaseTimes): boolean =>
  silentMs > fenceAfterMs(times);

/** Asked before every step that only the holder of a live lease may take. */
export function checkFence(agent: Agent): void {
  const { ports, state, config, jobs } = agent;
  const silentMs = ports.clock.monotonicMs() - state.publishedMs;
  if (state.isFenced || !isAtRisk(silentMs, config.agent)) return;
  state.isFenced = true;
  const reason = `no heartbeat for ${Math.round(silentMs)} ms`;
  ports.log.warn({ silentMs: Math.round(silentMs), jobs: jobs.size }, 'fenced: ending all work');
  for (const job of jobs.values()) endJob(job, 'fence', reason);
}

/**
 * After a heartbeat came through. Whoever was fenced first lets every claim find out whether it is still
 * there (its commit tells), and takes new work only then.
 */
export function liftFence({ ports, state, jobs }: Agent): void {
  if (!state.isFenced || jobs.size > 0) return;
  state.isFenced = false;
  ports.log.info('the fence is lifted');
}
