// Steps that must come to pass although the disk refuses for the moment (full, unreachable). Each is safe
// to repeat; it waits alone, and while it waits the agent takes nothing new.
import { claimMark } from '../executor/environment.ts';
import { batchPath } from '../protocol/layout.ts';
import { errnoOf } from '../protocol/errno.ts';
import type { Agent, Job } from './agent.ts';

const WAIT_MS_FIRST = 100;
const WAIT_MS_MAX = 5000;

export const markOf = ({ claim }: Pick<Job, 'claim'>): string =>
  claimMark(claim.batch, claim.task, claim.counts.attempt);

export async function persist<T>(
  agent: Agent,
  job: Job,
  what: string,
  step: () => Promise<T>,
): Promise<T> {
  const { ports, state } = agent;
  const mark = markOf(job);
  for (let waitMs = WAIT_MS_FIRST; ; waitMs = Math.min(waitMs * 2, WAIT_MS_MAX)) {
    try {
      const answer = await step();
      if (state.troubles.delete(mark)) ports.log.info({ claim: mark, what }, 'the disk is back');
      return answer;
    } catch (error) {
      const code = errnoOf(error);
      if (code === undefined) throw error;
      if (!state.troubles.has(mark))
        ports.log.warn({ claim: mark, what, err: error }, 'tried again');
      state.troubles.set(mark, `${what}: ${code}`);
      if (code === 'ENOENT') await restoreFolder(agent, job);
    }
    await ports.clock.sleep(waitMs, agent.over.signal);
    // The claim and the run file stay: the next life of this agent goes on here.
    if (agent.over.signal.aborted) throw new Left();
  }
}

/** The agent leaves and its jobs stay where they are. */
export class Left extends Error {
  override readonly name = 'Left';
}

/** A folder that somebody removed must not hold up the agent for ever. */
async function restoreFolder({ ports }: Agent, { task }: Job): Promise<void> {
  if (task === null) return;
  await ports.store.disk
    .mkdir(`${batchPath(task.plan, task.batch)}/attempts`)
    .catch((error: unknown) => ports.log.warn({ err: error }, 'the folder of attempts is missing'));
}
