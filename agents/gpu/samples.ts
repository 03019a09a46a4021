// Takes over the exchange that a worker left and appends it to this agent's samples, just before the commit: an agent
// that dies in between writes it again, and whoever reads takes one of the two. Samples never hold up a task: what
// the disk refuses is told in the log and given up.
import { errnoOf } from '../protocol/errno.ts';
import type { AttemptRecord } from '../protocol/attempt.ts';
import { attemptPaths } from '../protocol/layout.ts';
import { exchangePath, exchangeSchema, sampleOf } from '../protocol/samples.ts';
import { isPrompted } from '../protocol/task.ts';
import type { Task } from '../protocol/task.ts';
import { readRecord } from '../store/records.ts';
import type { Agent, Job } from './agent.ts';
import type { Config } from '../protocol/config.ts';
import { markOf } from './persist.ts';

export async function keepSample(agent: Agent, job: Job, record: AttemptRecord): Promise<void> {
  const { task } = job;
  const { ports, config } = agent;
  if (task === null || !isPrompted(task) || !isSampled(task, config)) return;
  const { plan, batch, task: id, attempt } = record;
  const path = exchangePath(attemptPaths(plan, batch, id, attempt).run);
  const { sampleBytesMax } = config.samples;
  try {
    const { disk } = ports.store;
    const left = await disk.stat(path);
    if (left === null) return;
    // Empty is how the worker finds it: there was no reply.
    if (left.size > 0) {
      const read = await readRecord(disk, path, exchangeSchema, sampleBytesMax);
      if (read.is === 'ok')
        await agent.samples.append([sampleOf(read.value, record, roleOf(task, config))]);
      if (read.is === 'damaged')
        ports.log.warn({ claim: markOf(job), problem: read.problem }, 'its sample is damaged');
    }
    await disk.unlink(path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    ports.log.warn({ claim: markOf(job), err: error }, 'its sample is not kept');
  }
}

const isSampled = ({ plan }: Pick<Task, 'plan'>, { samples }: Pick<Config, 'samples'>) =>
  samples.isKept && !samples.exceptPlans.includes(plan);

/** The role that the plan names, or means by naming nothing. */
function roleOf({ llm_model: name = 'default' }: Task, { roles }: Config): string | null {
  return Object.hasOwn(roles, name) ? name : null;
}
