// Attempts that are taken from whoever has them: the agent's lease is over, or nobody has claimed the task yet.
import type { ClaimName, QueueName } from '../protocol/lane-name.ts';
import { forbidStart, setAside } from '../store/attempts.ts';
import * as lanes from '../store/lanes.ts';
import type { Subject } from './doubt.ts';
import { findEnd } from './look.ts';
import { claimKey } from './model.ts';
import { setState } from './progress.ts';
import { search } from './search.ts';

const attemptOf = ({ open, entry }: Subject, { counts }: QueueName) => ({
  plan: open.batch.plan,
  batch: open.batch.id,
  task: entry.id,
  attempt: counts.attempt,
});

/** Before the move: what has not started by now never will. Answers whether it has. */
export const forbid = (subject: Subject, from: QueueName): Promise<boolean> =>
  forbidStart(subject.effects.store, attemptOf(subject, from));

export async function requeue(subject: Subject, from: ClaimName, to: QueueName): Promise<void> {
  const { effects, open, group, entry } = subject;
  if (await hasEnded(subject, from)) return;
  await forbid(subject, from);
  if ((await lanes.requeue(effects.store, from, to)) === 'gone') return;
  open.attempts += 1;
  setState(open, group, entry, { is: 'queued', name: to });
  await setAsideResult(subject, from);
}

export async function lose(subject: Subject, from: ClaimName): Promise<void> {
  const { effects, open, group, entry } = subject;
  if (await hasEnded(subject, from)) return;
  await forbid(subject, from);
  if ((await lanes.commit(effects.store, from, 'lost')) === 'gone') return;
  open.attempts += 1;
  const name = { task: entry.id, counts: from.counts, reason: 'lost' } as const;
  setState(open, group, entry, { is: 'ended', name });
  await setAsideResult(subject, from);
}

/** A copy of a claim hides that its attempt has come to its end, which is then taken into the model. */
async function hasEnded(subject: Subject, from: ClaimName): Promise<boolean> {
  const { effects, open } = subject;
  if ((await findEnd(effects.store, open, subject)) === null) return false;
  effects.log.warn({ claim: claimKey(from) }, 'a copy of a claim whose attempt has ended');
  return search(effects, open, subject);
}

/** An agent that died between its record and its commit has left a result that must not seem to count. */
const setAsideResult = (subject: Subject, from: ClaimName): Promise<void> =>
  setAside(subject.effects.store, attemptOf(subject, from));
