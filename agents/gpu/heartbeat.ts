// The heartbeat of an agent: composed here, published by pulse.ts.
import { utc } from '../process/clock.ts';
import type { HeldModel, Heartbeat } from '../protocol/heartbeat.ts';
import { isHeldOnCard, isHot, reservations, reservedBy, slotsOf, usersOf } from './occupancy.ts';
import type { Agent, Job } from './agent.ts';
import { reservedMib } from './card-memory.ts';
import type { ModelView } from './models.ts';
import { claimableClasses, claimMode } from './claim-order.ts';

export function composeHeartbeat(agent: Agent, state: Heartbeat['state']): Heartbeat {
  const { me, ports, config, jobs } = agent;
  const { card: view, seq, epoch, tasksDone, claimsLost, why } = agent.state;
  const running = reservations(agent);
  const constrained = view?.constrained ?? [];
  return {
    v: 1,
    agent: me.name,
    kind: me.kind,
    simulated: me.isSimulated,
    host: me.host,
    pid: me.process.pid,
    start_time: me.process.startTime,
    boot_id: me.process.bootId,
    incarnation: me.incarnation,
    seq,
    epoch,
    at: utc(ports.clock),
    state,
    reservation: agent.state.reservation,
    hot: isHot(agent),
    model: ports.models.list().find(isHeldOnCard)?.model ?? null,
    models: ports.models.list().map((view) => heldModelOf(agent, view)),
    constrained: [...constrained],
    card: view?.card ?? null,
    budget_mib: view?.memory.budgetMib ?? 0,
    reserved_mib: reservedMib(running),
    foreign_mib: view === null ? 0 : view.foreignMib,
    slots: slotsOf(agent),
    slots_used: running.filter(({ taskClass, isServed }) => taskClass !== 'meta' && !isServed)
      .length,
    classes: claimableClasses(
      claimMode({
        hasCard: ports.probe !== null,
        isHot: isHot(agent),
        constrained,
        isServing: ports.models.list().length > 0,
      }),
    ),
    running: [...jobs.values()].map((job) => runningOf(agent, job)),
    why_not_claimed: why,
    heartbeat_interval_ms: config.agent.heartbeatIntervalMs,
    lease_ms: config.agent.leaseMs,
    tasks_done: tasksDone,
    claims_lost: claimsLost,
    vram_headroom_mib: view?.memory.headroomMib ?? 0,
  };
}

function heldModelOf(agent: Agent, listed: ModelView): HeldModel {
  const { state } = agent;
  const { pid: _, ...view } = listed;
  const { model, vram_need_mib: needMib } = view;
  const budgetMib = state.card?.memory.budgetMib ?? 0;
  const isTooLarge = view.on_card && needMib !== null && needMib > budgetMib;
  return {
    ...view,
    draining: state.draining.has(model),
    slots_used: usersOf(agent, model),
    refused: isTooLarge
      ? `needs ${needMib} MiB, the budget of this card is ${budgetMib} MiB`
      : view.refused,
  };
}

function runningOf(agent: Agent, job: Job): Heartbeat['running'][number] {
  const { claim } = job;
  return {
    batch: claim.batch,
    task: claim.task,
    attempt: claim.counts.attempt,
    task_class: claim.taskClass,
    pid: job.live?.leader?.pid ?? null,
    started_at: job.startedAt,
    elapsed_ms: Math.round(agent.ports.clock.monotonicMs() - job.startedMs),
    timeout_ms: job.timeoutMs,
    vram_reserved_mib: reservedBy(agent, job),
    vram_used_mib: job.usedMib,
    adopted: job.isRecovered,
  };
}

export function stateOf({ state, ports }: Agent): Heartbeat['state'] {
  if (state.isFenced) return 'fenced';
  if (ports.shutdown.level > 0) return 'stopping';
  if (state.isPaused) return 'paused';
  return state.reservation === null ? 'running' : 'reserved';
}
