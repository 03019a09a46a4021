// Carries decisions out: one function per kind, each idempotent. A move that finds nothing (`gone`) is
// somebody else's faster move; the next look shows what it was.
import { BRAIN_AGENT } from '../protocol/ids.ts';
import { BELL_AGENTS, ESCALATIONS } from '../protocol/layout.ts';
import type { QueueName } from '../protocol/lane-name.ts';
import { utc } from '../process/clock.ts';
import * as lanes from '../store/lanes.ts';
import { encodePretty } from '../store/records.ts';
import { sendSignal } from '../store/signals.ts';
import { publish } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import type { Decision } from './decisions.ts';
import { writeDefinitionRecord, writeUnservedRecord } from './definition-record.ts';
import { create, lookElsewhere } from './doubt.ts';
import type { Subject } from './doubt.ts';
import type { Effects } from './effects.ts';
import { claimKey, taskKey, WAITING } from './model.ts';
import type { OpenBatch, World } from './model.ts';
import { approve } from './approve.ts';
import { setState } from './progress.ts';
import { fileOf } from './task-files.ts';
import { forbid, lose, requeue } from './take-back.ts';

/** The member of Decision whose `is` may be K. */
type Of<K extends Decision['is']> = Decision extends infer D
  ? D extends { readonly is: infer I }
    ? K extends I
      ? D
      : never
    : never
  : never;

type TaskDecision = Exclude<
  Decision,
  { is: 'expand' | 'close' | 'fix' | 'summarise' | 'wish' | 'think' | 'lend' | 'take_back' }
>;

/** Answers whether the state of the task changed. */
export async function applyToTask(
  effects: Effects,
  world: World,
  open: OpenBatch,
  decision: TaskDecision,
): Promise<boolean> {
  const located = open.byTask.get(decision.task);
  if (located === undefined) return false;
  const before = located.entry.state;
  await dispatch({ effects, world, open, ...located }, decision);
  return located.entry.state !== before;
}

async function dispatch(subject: Subject, decision: TaskDecision): Promise<void> {
  switch (decision.is) {
    case 'release':
    case 'restore':
      return release(subject, decision);
    case 'begin':
      return begin(subject, decision);
    case 'retry':
      return retry(subject, decision);
    case 'revive':
      return revive(subject, decision);
    case 'requeue':
      return requeue(subject, decision.from, decision.to);
    case 'lose':
      return lose(subject, decision.from);
    case 'skip':
    case 'cancel':
    case 'fail':
      return settle(subject, decision);
    case 'approve':
    case 'disapprove':
      return approve(subject, decision);
    case 'recall':
      return recall(subject, decision);
    case 'signal':
      return signal(subject, decision);
    case 'escalate':
      return escalate(subject, decision);
  }
}

const setQueued = ({ open, group, entry }: Subject, name: QueueName): void =>
  setState(open, group, entry, { is: 'queued', name });

function countRelease({ open, group }: Subject): void {
  if (open.goal?.tracked === group.name) open.goal.released += 1;
}

async function release(subject: Subject, { is, to }: Of<'release'>): Promise<void> {
  const { effects, world, open, entry } = subject;
  if (is === 'release' && entry.state.is !== 'waiting') return;
  if (entry.hasFile && is === 'release') {
    const from = { batch: open.batch.id, task: entry.id, counts: entry.counts };
    if ((await lanes.release(effects.store, from, to)) === 'gone') return lookElsewhere(subject);
  } else if (!(await create(subject, to))) return;
  if (is === 'release' && entry.counts.attempt === 0) countRelease(subject);
  world.quarantined.delete(taskKey(open.batch.id, entry.id));
  setQueued(subject, to);
}

async function begin(subject: Subject, { to }: Of<'begin'>): Promise<void> {
  const { effects, open, group, entry } = subject;
  const name = { ...to, agent: BRAIN_AGENT };
  if (!entry.hasFile) {
    // A child of the brain's own is created where a plain task already is, then moved like one.
    await lanes.createPrivate(effects.store, fileOf(open, group, entry));
    entry.hasFile = true;
  }
  const from = { batch: open.batch.id, task: entry.id, counts: entry.counts };
  if ((await lanes.begin(effects.store, from, name)) === 'gone') return lookElsewhere(subject);
  if (entry.counts.attempt === 0) countRelease(subject);
  setState(open, group, entry, { is: 'claimed', name });
  effects.own.start(open, fileOf(open, group, entry), name);
}

async function retry(subject: Subject, { from, to }: Of<'retry'>): Promise<void> {
  if ((await lanes.retry(subject.effects.store, from, to)) === 'gone')
    return lookElsewhere(subject);
  setQueued(subject, to);
}

/** Back behind its dependencies: the brain's own tasks, which never pass the queue. */
async function revive(subject: Subject, { from, counts }: Of<'revive'>): Promise<void> {
  const { effects, open, group, entry } = subject;
  const at = { batch: open.batch.id, task: entry.id, counts: from.counts };
  const moved = await lanes.revive(effects.store, at, from.reason, counts);
  if (moved === 'gone') return lookElsewhere(subject);
  entry.counts = counts;
  setState(open, group, entry, WAITING);
}

async function settle(subject: Subject, decision: Of<'skip' | 'cancel' | 'fail'>): Promise<void> {
  const { effects, world, open, group, entry } = subject;
  const { from, counts, as } = decision;
  // Two reasons may end the same task in one turn: the first one counts.
  if (entry.state.is === 'ended') return;
  const at = { batch: open.batch.id, task: entry.id, counts };
  if (as === 'definition') await writeDefinitionRecord(effects, open, group, decision.reason);
  if (as === 'unserved') await writeUnservedRecord(effects, open, at, decision.reason);
  if (from === 'private') {
    const isKnownGone = world.vanished.has(taskKey(open.batch.id, entry.id));
    const moved = await lanes.settlePrivate(effects.store, at, as);
    if (moved === 'gone' && !isKnownGone) return lookElsewhere(subject);
  } else if (from === 'none') {
    await lanes.createFailed(effects.store, fileOf(open, group, entry), counts, as);
  } else if (from !== 'failed') {
    // A copy of what somebody runs lies in the queue: the next look finds its claim.
    if (await forbid(subject, from)) return;
    if ((await lanes.settleQueued(effects.store, from, as)) === 'gone') return;
  }
  const reason = from === 'failed' && entry.state.is === 'retrying' ? entry.state.name.reason : as;
  world.quarantined.delete(taskKey(open.batch.id, entry.id));
  setState(open, group, entry, { is: 'ended', name: { task: entry.id, counts, reason } });
}

async function recall(subject: Subject, { from }: Of<'recall'>): Promise<void> {
  const { effects, open, group, entry } = subject;
  if (await forbid(subject, from)) return;
  if ((await lanes.recall(effects.store, from)) === 'gone') return;
  entry.counts = from.counts;
  setState(open, group, entry, WAITING);
}

async function signal({ effects, world }: Subject, decision: Of<'signal'>): Promise<void> {
  const { claim, verb, by, reason, batch, task } = decision;
  const at = utc(effects.clock);
  // An operator's abort is final; the brain's abort of a stuck task is a timeout.
  if (claim.agent === BRAIN_AGENT) effects.own.end(claim, by === 'brain' ? 'timeout' : verb);
  else {
    const name = { agent: claim.agent, verb, batch, task, attempt: claim.counts.attempt };
    await sendSignal(effects.store, name, { v: 1, by, reason, at });
  }
  if (by === 'operator') world.aborted.add(claimKey(claim));
  else {
    const sinceMs = effects.clock.monotonicMs();
    world.escalations.set(claimKey(claim), { step: verb, sinceMs });
  }
}

async function escalate({ effects, world }: Subject, decision: Of<'escalate'>): Promise<void> {
  const { claim, reason, batch, task } = decision;
  const path = `${ESCALATIONS}/${batch}.${task}.a${claim.counts.attempt}.json`;
  const record = { v: 1, batch, task, agent: claim.agent, reason, at: utc(effects.clock) };
  await publish(effects.store, path, encodePretty(record));
  const sinceMs = effects.clock.monotonicMs();
  world.escalations.set(claimKey(claim), { step: 'manual', sinceMs });
}

/** After a round of releases the agents look at the queue. */
export const ringAgents = (store: Store): Promise<void> => store.disk.touch(BELL_AGENTS);
