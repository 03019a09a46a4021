// The brain's loop: look, decide, write the decisions down, apply them, sleep until the bell rings.
// Nothing in here blocks, and nothing that fails is fatal: the next turn decides from what is true then.
import { DECISION_LOG, STATE_FILE } from '../protocol/layout.ts';
import { utc } from '../process/clock.ts';
import { readHeartbeats } from '../store/heartbeats.ts';
import { encodePretty } from '../store/records.ts';
import { publishVolatile } from '../store/store.ts';
import { applyToTask, ringAgents } from './apply.ts';
import { writeDown } from './brain.ts';
import type { Brain } from './brain.ts';
import type { Effects } from './effects.ts';
import { decide } from './decide.ts';
import { lineOfDecision, lineOfEnd } from './decision-log.ts';
import type { Decision } from './decisions.ts';
import { look } from './look.ts';
import { adoptStrays, searchMissing } from './missing.ts';
import { taskKey } from './model.ts';
import type { Ended, OpenBatch, World } from './model.ts';
import { pictureOf } from './picture.ts';
import { reconcile } from './reconcile.ts';
import { recordEnd } from './record.ts';
import { lookAtInbox } from './take-inbox.ts';
import { refuseSuperseded, Superseded } from './superseded.ts';
import { applyToBatch } from './structure.ts';

const HEARTBEAT_LOOK_MS = 500;
/** A turn that changed something is followed by another at once, but the bell must be heard too. */
const TURNS_MAX = 50;

/** Runs until a stop is asked for and the brain's own tasks have ended. @throws Superseded */
export async function runBrain(brain: Brain): Promise<void> {
  const { effects, doorbell } = brain;
  const { pollIntervalMs } = effects.policy.config.brain;
  while (brain.stopLevel() === 0 || effects.own.running > 0) {
    let isBusy = true;
    try {
      for (let turns = 0; turns < TURNS_MAX && isBusy; turns++) isBusy = await turn(brain);
      await writePicture(brain, 'running');
    } catch (error) {
      if (error instanceof Superseded) throw error;
      isBusy = false;
      effects.log.error(
        { err: error },
        'this turn was given up; the next one starts from the lanes',
      );
    }
    if (brain.stopLevel() === 2) effects.own.endAll();
    await doorbell.wait(isBusy ? 0 : Math.min(pollIntervalMs, nextDueMs(brain)));
  }
  await writePicture(brain, 'stopped');
}

/** When the next retry is due, so that backoff does not wait for a poll; one that is overdue does. */
function nextDueMs(brain: Brain): number {
  const { world, effects } = brain;
  const nowMs = effects.clock.monotonicMs();
  const { decidedMs } = brain;
  let dueMs = Number.POSITIVE_INFINITY;
  for (const open of world.batches.values()) {
    for (const { entry } of open.retrying.values()) {
      if (entry.state.is !== 'retrying' || entry.state.dueMs <= decidedMs) continue;
      dueMs = Math.min(dueMs, entry.state.dueMs);
    }
  }
  return Math.max(1, dueMs - nowMs);
}

/** Answers whether anything changed. */
async function turn(brain: Brain): Promise<boolean> {
  const { effects, world } = brain;
  const { clock } = effects;
  const isStopping = brain.stopLevel() > 0;
  // First of all: an older brain can publish nothing, so that every other step may fail.
  await refuseSuperseded(brain);
  const submitted = isStopping ? false : await lookAtInbox(brain);
  if (!isStopping) await reconcile(brain);
  const ends = await lookAtTasks(brain);
  // After the lanes: an agent publishes its heartbeat before it claims, so it is known to live when its
  // claim is judged.
  await lookAtAgents(brain);
  if (isStopping) return ends;
  const now = {
    monotonicMs: clock.monotonicMs(),
    heartbeatsMs: brain.heartbeatsReadMs,
    wallMs: clock.wall().getTime(),
  };
  brain.decidedMs = now.monotonicMs;
  const decisions = decide(world, effects.policy, now);
  if (decisions.length === 0) return submitted || ends;
  await refuseSuperseded(brain);
  await writeDown(
    brain,
    decisions.map((d) => [world.batches.get(d.batch) ?? null, lineOfDecision(d, utc(clock))]),
  );
  const changes = await applyAll(brain, decisions);
  return submitted || ends || changes;
}

async function lookAtAgents(brain: Brain): Promise<void> {
  const nowMs = brain.effects.clock.monotonicMs();
  const isRecent = nowMs - brain.heartbeatsReadMs < HEARTBEAT_LOOK_MS;
  if (isRecent && !isAnyoneLost(brain.world)) return;
  brain.heartbeatsReadMs = nowMs;
  const files = await readHeartbeats(brain.effects.store);
  const views = brain.aging.look(files, nowMs, brain.effects.clock.monotonicMs());
  brain.world.agents.clear();
  for (const [name, view] of views) brain.world.agents.set(name, view);
}

/** Whether a claim is about to be taken back: that is never done on an old look. */
const isAnyoneLost = ({ batches, agents }: World): boolean =>
  [...agents.values()].some(({ isLost }) => isLost) &&
  [...batches.values()].some((open) =>
    [...open.outstanding.values()].some(
      ({ entry: { state } }) =>
        state.is === 'claimed' && agents.get(state.name.agent)?.isLost === true,
    ),
  );

async function lookAtTasks(brain: Brain): Promise<boolean> {
  const { effects, world } = brain;
  const { ended, quarantined, missing } = await look(effects.store, world);
  // Only what this look saw: a task may have been found, or written anew, since the last one.
  world.quarantined.clear();
  for (const { open, located } of quarantined) {
    world.quarantined.set(taskKey(open.batch.id, located.entry.id), { open, located });
  }
  await searchMissing(brain, missing);
  // From here to the adoption without a pause: what has just ended is no stray.
  const all = [...ended, ...effects.own.takeEnded()];
  const nowMs = effects.clock.monotonicMs();
  for (const end of all) take(world, end, effects, nowMs);
  adoptStrays(brain);
  if (all.length === 0) return false;
  const timestamp = utc(effects.clock);
  await writeDown(
    brain,
    all.map((end) => [world.batches.get(end.batch) ?? null, lineOfEnd(end, timestamp)]),
  );
  return true;
}

function take(world: World, end: Ended, effects: Effects, nowMs: number): void {
  const open = world.batches.get(end.batch);
  const located = open?.byTask.get(end.task);
  if (open === undefined || located === undefined) return;
  recordEnd(open, located.group, located.entry, end, effects.policy, nowMs);
}

/** One decision that cannot be carried out now (a full disk) does not keep the others waiting. */
async function applyAll(brain: Brain, decisions: readonly Decision[]): Promise<boolean> {
  const { effects, world } = brain;
  let changes = 0;
  let releases = 0;
  for (const decision of decisions) {
    const open = world.batches.get(decision.batch);
    if (open === undefined) continue;
    try {
      if (await applyOne(brain, open, decision)) changes += 1;
    } catch (error) {
      effects.log.warn(
        { err: error, decision },
        'a decision could not be applied; it is made again',
      );
      continue;
    }
    if (['release', 'retry', 'requeue', 'restore'].includes(decision.is)) releases += 1;
  }
  if (releases > 0) await ringAgents(effects.store);
  return changes > 0;
}

async function applyOne(brain: Brain, open: OpenBatch, decision: Decision): Promise<boolean> {
  const { effects, world } = brain;
  switch (decision.is) {
    case 'expand':
    case 'close':
    case 'fix':
    case 'summarise': {
      const answer = await applyToBatch(effects, open, decision);
      if (answer === 'closed') {
        world.batches.delete(open.batch.id);
        brain.decisionLog.forget(open.batch.id);
      }
      return answer !== 'waiting';
    }
    default:
      return applyToTask(effects, world, open, decision);
  }
}

/** At most once per interval, and only when something in it changed or the interval is over. */
async function writePicture(brain: Brain, state: 'running' | 'stopped'): Promise<void> {
  const { effects, world, head } = brain;
  const { clock, store, policy, log } = effects;
  const nowMs = clock.monotonicMs();
  if (state === 'running' && nowMs - brain.pictureMs < policy.config.brain.stateIntervalMs) return;
  brain.pictureMs = nowMs;
  brain.pictureSeq += 1;
  const picture = { ...head, seq: brain.pictureSeq, at: utc(clock), brain: state };
  try {
    await publishVolatile(store, STATE_FILE, encodePretty(pictureOf(picture, world, nowMs)));
  } catch (error) {
    log.warn(
      { err: error, path: STATE_FILE, decisions: DECISION_LOG },
      'the picture was not written',
    );
  }
}
