// The brain's loop: look, decide, write the decisions down, apply them, sleep until the bell rings.
// Nothing in here blocks, and nothing that fails is fatal: the next turn decides from what is true then.
import { DECISION_LOG, STATE_FILE } from '../protocol/layout.ts';
import { utc } from '../process/clock.ts';
import { readHeartbeats } from '../store/heartbeats.ts';
import { publishVolatile } from '../store/store.ts';
import { applyAll } from './apply-all.ts';
import { writeDown } from './brain.ts';
import type { Brain, Line } from './brain.ts';
import type { Effects } from './effects.ts';
import { decide } from './decide.ts';
import { lineOfDecision, lineOfEnd } from './decision-log.ts';
import { readRatings } from './approve.ts';
import { look } from './look.ts';
import { adoptStrays, searchMissing } from './missing.ts';
import { taskKey } from './model.ts';
import type { Ended, World } from './model.ts';
import { pictureText } from './picture.ts';
import { reconcile } from './reconcile.ts';
import { recordEnd } from './record.ts';
import { learnFrom, writeLearned } from './remember.ts';
import { finishStaged, lookAtInbox } from './take-inbox.ts';
import { makeWay, refuseSuperseded, Superseded } from './superseded.ts';
import { noteWishEnd } from './wish.ts';

const HEARTBEAT_LOOK_MS = 500;
/** What was decided may lead to further decisions, but the bell must be heard too. */
const ROUNDS_MAX = 50;
/** How long the brain lets ends come together while the agents have enough to do. */
const GATHER_MS = 4;

/** Runs until a stop is asked for and the brain's own tasks have ended. @throws Superseded */
export async function runBrain(brain: Brain): Promise<void> {
  const { effects, doorbell } = brain;
  while (brain.stopLevel() === 0 || effects.own.running > 0) {
    let isBusy = false;
    try {
      isBusy = await turn(brain);
      await writePicture(brain, 'running');
      await writeLearned(brain);
    } catch (error) {
      if (error instanceof Superseded) {
        await makeWay(brain);
        throw error;
      }
      effects.log.error(
        { err: error },
        'this turn was given up; the next one starts from the lanes',
      );
    }
    if (brain.stopLevel() === 2) effects.own.endAll();
    if (isQueueFull(brain)) await effects.clock.sleep(GATHER_MS);
    await doorbell.wait(isBusy ? 0 : Math.min(restMs(brain), nextDueMs(brain)));
  }
  await finishStaged(brain);
  await writePicture(brain, 'stopped');
}

/** While no batch is open there is nothing to find but what rings. */
const restMs = ({ waitMsMax, world }: Brain): number => waitMsMax(world.batches.size === 0);

/** Whether every slot finds its next task released already: then nobody waits for the next turn. */
function isQueueFull({ world }: Brain): boolean {
  let slots = 0;
  for (const agent of world.agents.values()) slots += agent.slots;
  let queued = 0;
  for (const open of world.batches.values()) {
    for (const { entry } of open.outstanding.values()) if (entry.state.is === 'queued') queued += 1;
  }
  return queued > slots;
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

/** Answers whether there is more to decide at once. */
async function turn(brain: Brain): Promise<boolean> {
  const isStopping = brain.stopLevel() > 0;
  // First of all: an older brain can publish nothing, so that every other step may fail.
  await refuseSuperseded(brain);
  let isArriving = false;
  if (!isStopping) {
    isArriving = await lookAtInbox(brain);
    await reconcile(brain);
  }
  const lines = await lookAtTasks(brain);
  // After the lanes: an agent publishes its heartbeat before it claims, so it is known to live when its
  // claim is judged.
  await lookAtAgents(brain);
  await readRatings(brain);
  if (!isStopping) return (await decideAll(brain, lines)) || isArriving;
  await writeDown(brain, lines);
  return false;
}

/** Decides and carries out until nothing follows from what was done; `lines` are written down first. */
async function decideAll(brain: Brain, lines: readonly Line[]): Promise<boolean> {
  const { effects, world } = brain;
  const { clock } = effects;
  let unwritten = lines;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const now = {
      monotonicMs: clock.monotonicMs(),
      heartbeatsMs: brain.heartbeatsReadMs,
      wallMs: clock.wall().getTime(),
    };
    brain.decidedMs = now.monotonicMs;
    const decisions = decide(world, effects.policy, now);
    if (decisions.length > 0) await refuseSuperseded(brain);
    const timestamp = utc(clock);
    await writeDown(brain, [
      ...unwritten,
      ...decisions.map((d): Line => [
        world.batches.get(d.batch) ?? null,
        lineOfDecision(d, timestamp),
      ]),
    ]);
    unwritten = [];
    const hasChanged = decisions.length > 0 && (await applyAll(brain, decisions));
    if (!hasChanged) return false;
  }
  return true;
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

/** Takes in what has ended; answers what is to be written down of it. */
async function lookAtTasks(brain: Brain): Promise<readonly Line[]> {
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
  learnFrom(brain, all);
  adoptStrays(brain);
  const timestamp = utc(effects.clock);
  return all.map((end) => [world.batches.get(end.batch) ?? null, lineOfEnd(end, timestamp)]);
}

function take(world: World, end: Ended, effects: Effects, nowMs: number): void {
  const open = world.batches.get(end.batch);
  const located = open?.byTask.get(end.task);
  if (open === undefined || located === undefined) return;
  const { policy } = effects;
  recordEnd(open, located.group, located.entry, end, policy, nowMs);
  noteWishEnd(world, open, located, end.record, policy, nowMs);
}

/** At most once per interval, and only when something in it changed or the interval is over. */
async function writePicture(brain: Brain, state: 'running' | 'stopped'): Promise<void> {
  const { effects, world, head } = brain;
  const { clock, store, policy, log } = effects;
  const nowMs = clock.monotonicMs();
  if (state === 'running' && nowMs - brain.pictureMs < policy.config.brain.stateIntervalMs) return;
  brain.pictureMs = nowMs;
  brain.pictureSeq += 1;
  const interval_ms = Math.max(policy.config.brain.stateIntervalMs, restMs(brain));
  const picture = { ...head, interval_ms, seq: brain.pictureSeq, at: utc(clock), brain: state };
  try {
    await publishVolatile(store, STATE_FILE, pictureText(picture, world, nowMs));
  } catch (error) {
    log.warn(
      { err: error, path: STATE_FILE, decisions: DECISION_LOG },
      'the picture was not written',
    );
  }
}
