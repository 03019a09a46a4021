// Claims that are copies: rsync, or a person, brought back a task file that has moved on. Their attempt is another
// worker's, or over, and nothing of it may change. A loss of power looks alike (the claim is undone, the run file is
// not), so a file is a copy only if there is another one of its task.
import { voidAttempt } from '../executor/run-file.ts';
import { utc } from '../process/clock.ts';
import type { AttemptRecord } from '../protocol/attempt.ts';
import { formatClaim } from '../protocol/lane-name.ts';
import { attemptPaths } from '../protocol/layout.ts';
import type { Task } from '../protocol/task.ts';
import { readAttempt } from '../store/attempts.ts';
import { claimFile, quarantine } from '../store/lanes.ts';
import { placesOf } from '../store/places.ts';
import type { Place } from '../store/places.ts';
import type { Agent, Job } from './agent.ts';
import { markOf, persist } from './persist.ts';

/** What was written about this attempt before. */
export async function recordBefore(
  agent: Agent,
  job: Job,
  { plan, batch, id }: Task,
): Promise<AttemptRecord | null> {
  const read = await persist(agent, job, 'reading the record', () =>
    readAttempt(agent.ports.store, plan, batch, id, job.claim.counts.attempt),
  );
  return read.is === 'ok' ? read.value : null;
}

/**
 * Whether the attempt of this claim was begun before. Where nothing was started, nothing ever will be: a copy of
 * this file that comes later finds the attempt taken.
 */
export async function mayBeCopy(agent: Agent, job: Job, task: Task): Promise<boolean> {
  if ((await recordBefore(agent, job, task)) !== null) return true;
  const { run: path } = attemptPaths(task.plan, task.batch, task.id, job.claim.counts.attempt);
  const { store, spawner, clock } = agent.ports;
  const taken = await persist(agent, job, 'voiding', () =>
    voidAttempt({ disk: store.disk, spawner, clock }, path, markOf(job)),
  );
  // A worker that was followed here is this claim's own, or else its end has told.
  return job.live === null && taken !== 'void' && taken.worker !== null;
}

export async function isCopy(agent: Agent, job: Job): Promise<boolean> {
  const own = formatClaim(job.claim);
  const { attempt } = job.claim.counts;
  return hasOther(
    agent,
    job,
    ({ is, name }) =>
      name.counts.attempt >= attempt && !(is === 'claimed' && formatClaim(name) === own),
  );
}

/** Whether the attempt of this claim, which has a record, was committed: what it says may have been judged since. */
export async function isCommitted(agent: Agent, job: Job): Promise<boolean> {
  const { attempt } = job.claim.counts;
  return hasOther(agent, job, ({ is, name: { counts } }) => {
    const isEnd = is === 'complete' || is === 'failed';
    return counts.attempt > attempt || (isEnd && counts.attempt === attempt);
  });
}

/** Two looks: the other file may be moved back, from a lane that was not listed yet into one that was. */
async function hasOther(agent: Agent, job: Job, isIt: (place: Place) => boolean): Promise<boolean> {
  const { batch, task } = job.claim;
  const look = (): Promise<Place[]> =>
    persist(agent, job, 'looking for its task', () => placesOf(agent.ports.store, batch, task));
  return (await look()).some(isIt) || (await look()).some(isIt);
}

/** Sets the copy aside. */
export async function discard(agent: Agent, job: Job): Promise<void> {
  const { store, clock, log } = agent.ports;
  const { claim } = job;
  const problem = 'its attempt was started before: it is a copy of an old file';
  log.warn({ claim: markOf(job), problem }, 'quarantine');
  // Not under its name in the queue, by which the brain would have the task written anew.
  const name = formatClaim(claim);
  await persist(agent, job, 'quarantine', () =>
    quarantine(store, claimFile(claim), name, problem, utc(clock)),
  );
}
