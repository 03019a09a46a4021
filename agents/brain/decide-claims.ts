// What happens to running tasks: their agent is lost, their batch was cancelled, or they are stuck.
// Liveness is the agent's and shows in its heartbeat; progress is the task's and ends with its timeout.
import { BRAIN_AGENT } from '../protocol/ids.ts';
import type { ClaimName, QueueName } from '../protocol/lane-name.ts';
import { countsAfter } from '../protocol/retry.ts';
import type { Decision } from './decisions.ts';
import { claimKey } from './model.ts';
import type { Escalation, OpenBatch, World } from './model.ts';
import type { Policy } from './policy.ts';

/** As in Now of decide.ts. */
export interface ClaimTimes {
  readonly monotonicMs: number;
  readonly heartbeatsMs?: number;
}

export function decideClaims(world: World, policy: Policy, now: ClaimTimes): Decision[] {
  const { heartbeatsMs = now.monotonicMs } = now;
  const decisions: Decision[] = [];
  const live = new Set<string>();
  for (const open of world.batches.values()) {
    for (const { entry } of open.outstanding.values()) {
      if (entry.state.is !== 'claimed') continue;
      const { name } = entry.state;
      live.add(claimKey(name));
      const isOwn = name.agent === BRAIN_AGENT;
      const lost = isOwn ? null : lostReason(world, name, policy, heartbeatsMs);
      if (lost !== null) {
        decisions.push(takeBack(name, policy, lost));
        continue;
      }
      decisions.push(
        ...abortCancelled(world, open, name),
        ...escalate(world, name, policy, now.monotonicMs),
      );
    }
  }
  for (const { open, located } of world.quarantined.values()) {
    const { state } = located.entry;
    if (state.is !== 'queued' && state.is !== 'claimed') continue;
    decisions.push(restore(open, state.name, policy));
  }
  forget(world, live);
  return decisions;
}

/** The file is in quarantine, its definition is not: the task is written anew from the plan. */
function restore(open: OpenBatch, from: QueueName, policy: Policy): Decision {
  const common = { batch: open.batch.id, task: from.task };
  const reason = 'its file was damaged and is in quarantine';
  const counts = countsAfter(from.counts, 'lost');
  if (counts.losses > policy.config.retry.losses) {
    return { ...common, is: 'fail', as: 'lost', from: 'none', counts: from.counts, reason };
  }
  const { avoid: _, ...rest } = from;
  const to: QueueName = { ...withoutAgent(rest), counts };
  return { ...common, is: 'restore', to, reason };
}

/** `from` may be a claim. */
function withoutAgent(name: QueueName & { readonly agent?: string }): QueueName {
  const { agent: _, ...rest } = name;
  return rest;
}

function forget(world: World, live: ReadonlySet<string>): void {
  for (const memory of [world.escalations, world.unknownSinceMs, world.aborted]) {
    for (const key of memory.keys()) if (!live.has(key)) memory.delete(key);
  }
}

/**
 * An agent without a heartbeat gets one lease, from when its claim was first seen. One whose heartbeat is
 * old may just have come back: its new one is visible on this mount a moment after its claim.
 */
function lostReason(
  world: World,
  name: ClaimName,
  policy: Policy,
  heartbeatsMs: number,
): string | null {
  const agent = world.agents.get(name.agent);
  const { leaseMs, visibilityDelayMs } = policy.config.agent;
  if (agent !== undefined && !agent.isLost) {
    world.unknownSinceMs.delete(claimKey(name));
    return null;
  }
  const since = world.unknownSinceMs.get(claimKey(name)) ?? heartbeatsMs;
  world.unknownSinceMs.set(claimKey(name), since);
  const unknownMs = heartbeatsMs - since;
  if (agent === undefined) {
    return unknownMs > leaseMs ? `agent ${name.agent} has no heartbeat` : null;
  }
  if (unknownMs < visibilityDelayMs) return null;
  const seconds = Math.round(agent.heartbeatAgeMs / 1000);
  return `agent ${name.agent} is lost: no heartbeat for ${seconds} s`;
}

function takeBack(from: ClaimName, policy: Policy, reason: string): Decision {
  const { batch, task } = from;
  const counts = countsAfter(from.counts, 'lost');
  if (counts.losses > policy.config.retry.losses) {
    const limit = policy.config.retry.losses;
    return { is: 'lose', batch, task, from, reason: `${reason}; lost more than ${limit} times` };
  }
  const { agent, avoid: _, ...rest } = from;
  const to: QueueName = { ...rest, counts, avoid: agent };
  return { is: 'requeue', batch, task, from, to, reason };
}

function abortCancelled(world: World, open: OpenBatch, claim: ClaimName): Decision[] {
  const { batch, task } = claim;
  const group = open.byTask.get(task)?.group.name ?? task;
  const { isCancelled, cancelled } = open.control;
  const isWanted = isCancelled || cancelled.has(task) || cancelled.has(group);
  if (!isWanted || world.aborted.has(claimKey(claim))) return [];
  const reason = isCancelled ? 'the batch was cancelled' : 'the task was cancelled';
  return [{ is: 'signal', batch, task, verb: 'abort', claim, by: 'operator', reason }];
}

/** Abort past the timeout, kill a while later, then a report: nothing else can be done from here. */
function escalate(world: World, claim: ClaimName, policy: Policy, nowMs: number): Decision[] {
  const { batch, task } = claim;
  const overdueMs = world.agents.get(claim.agent)?.overdueMs.get(claimKey(claim));
  const { stuckGraceMs, stuckKillMs } = policy.config.brain;
  if (overdueMs === undefined || overdueMs < stuckGraceMs) return [];
  const past = `${Math.round(overdueMs / 1000)} s past its timeout`;
  const earlier: Escalation | undefined = world.escalations.get(claimKey(claim));
  const common = { batch, task, claim } as const;
  if (earlier === undefined) {
    return [{ ...common, is: 'signal', verb: 'abort', by: 'brain', reason: past }];
  }
  if (earlier.step === 'manual' || nowMs - earlier.sinceMs < stuckKillMs) return [];
  if (earlier.step === 'abort') {
    const reason = `${past}, and the abort did not end it`;
    return [{ ...common, is: 'signal', verb: 'kill', by: 'brain', reason }];
  }
  const reason = `${past}; neither abort nor kill ended it: look at agent ${claim.agent}`;
  return [{ ...common, is: 'escalate', reason }];
}
