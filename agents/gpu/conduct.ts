// The life of one claim: read the task, start or adopt its attempt, wait for the end, commit it. Each
// claim goes through it alone, so that nothing it waits for holds up the others.
import { adoptAttempt, startAttempt } from '../executor/attempt.ts';
import { endOrphan } from '../executor/orphans.ts';
import { outcomeOf } from '../executor/outcome.ts';
import { recordOf } from '../executor/record.ts';
import type { AttemptEnd } from '../executor/record.ts';
import type { AttemptRequest } from '../executor/request.ts';
import { utc } from '../process/clock.ts';
import type { AttemptRecord } from '../protocol/attempt.ts';
import { formatQueue } from '../protocol/lane-name.ts';
import { isPrompted, taskSchema, wantsModel } from '../protocol/task.ts';
import type { Task } from '../protocol/task.ts';
import { openCommit } from '../store/attempts.ts';
import { claimFile, finalFile, quarantine } from '../store/lanes.ts';
import { readRecord } from '../store/records.ts';
import { parentOf } from '../store/store.ts';
import { endJob, leave } from './agent.ts';
import type { Agent, Job } from './agent.ts';
import { discard, isCommitted, isCopy, mayBeCopy, recordBefore } from './copies.ts';
import { checkFence } from './fence.ts';
import { ringPulse } from './pulse.ts';
import type { InputReader } from './inputs.ts';
import { isMeta, startMeta } from './meta.ts';
import { modelFor } from './model-for.ts';
import { Left, markOf, persist } from './persist.ts';
import { keepSample } from './samples.ts';

/** Never rejects: what nobody expected ends the agent and leaves the claim to its next life. */
export async function conduct(agent: Agent, job: Job, readInputs: InputReader): Promise<void> {
  const mark = markOf(job);
  try {
    const task = await readTask(agent, job);
    if (task !== null) {
      job.task = task;
      const record = await play(agent, job, task, readInputs);
      job.isSettling = true;
      if (record === null) await discard(agent, job);
      else {
        await keepSample(agent, job, record);
        // Where the disk is not waited for the commit comes first: a task may wait for this one.
        if (agent.ports.store.isDurable || agent.me.isNetwork) agent.ports.doorbell.ring();
        await settle(agent, job, record);
      }
    }
  } catch (error) {
    if (!(error instanceof Left)) leave(agent, error as Error);
  } finally {
    agent.jobs.delete(mark);
    agent.state.troubles.delete(mark);
    agent.ports.doorbell.ring();
    ringPulse(agent);
  }
}

/** Null when there is nothing to run: the claim was taken back, or its file is damaged. */
async function readTask(agent: Agent, job: Job): Promise<Task | null> {
  const { store, clock, log } = agent.ports;
  const { claim } = job;
  const path = claimFile(claim);
  const { fileBytesMax } = agent.config.task;
  const read = await persist(agent, job, 'reading the task', () =>
    readRecord(store.disk, path, taskSchema, fileBytesMax),
  );
  if (read.is === 'missing') {
    log.info({ claim: markOf(job) }, 'the claim was taken back before it started');
    return null;
  }
  let problem = read.is === 'damaged' ? read.problem : null;
  if (read.is === 'ok') {
    const { batch, id } = read.value;
    if (batch === claim.batch && id === claim.task) return read.value;
    problem = `its name says ${claim.batch} ${claim.task}, its content ${batch} ${id}`;
  }
  log.warn({ claim: markOf(job), problem }, 'quarantine');
  // The task is written anew and runs again: nothing of an earlier life may run beside it.
  if (job.isRecovered) await endOrphan(agent.ports, markOf(job));
  await persist(agent, job, 'quarantine', async () => {
    await quarantine(store, path, formatQueue(claim), problem!, utc(clock));
    await agent.ringBrain(true);
  });
  return null;
}

/** Null for a copy of a file whose attempt is another worker's, or over. */
async function play(
  agent: Agent,
  job: Job,
  task: Task,
  readInputs: InputReader,
): Promise<AttemptRecord | null> {
  // The last life may have written its record without coming to the commit.
  const earlier = job.isRecovered ? await recordBefore(agent, job, task) : null;
  if (earlier !== null) return (await isCommitted(agent, job)) ? null : earlier;
  const isMade = isMeta(task) && !job.isRecovered;
  if (isMade && (await mayBeCopy(agent, job, task)) && (await isCopy(agent, job))) return null;
  const end = await run(agent, job, task, readInputs);
  // A command that came to an end of its own had the run file, and with it the attempt.
  const isUnsure = !job.isRecovered && !isMade && (end.exitCode ?? null) === null;
  const isDoubted = end.isCopy === true || (isUnsure && (await mayBeCopy(agent, job, task)));
  if (isDoubted && (await isCopy(agent, job))) return null;
  return recordFor(agent, job, task, end);
}

async function run(
  agent: Agent,
  job: Job,
  task: Task,
  readInputs: InputReader,
): Promise<AttemptEnd> {
  job.timeoutMs = (task.timeout_s ?? agent.config.task.timeoutS) * 1000;
  if (isMeta(task)) return perform(agent, job, task);
  const inputs = await persist(agent, job, 'reading the inputs', () =>
    readInputs(task.plan, task.batch),
  );
  if (inputs.is === 'refused' && !job.isRecovered) {
    return { outcome: 'definition', message: inputs.message, errorType: 'inputs' };
  }
  const { store, spawner, clock, executor } = agent.ports;
  const ports = { disk: store.disk, spawner, clock };
  const elapsedMs = clock.monotonicMs() - job.startedMs;
  const model = modelFor(agent, job, task);
  const request: AttemptRequest = {
    task,
    attempt: job.claim.counts.attempt,
    agent: agent.me.name,
    inputs: inputs.is === 'ok' ? inputs.values : {},
    cudaDevices: agent.me.cudaDevices,
    timeoutMs: Math.max(1, job.timeoutMs - (job.isRecovered ? elapsedMs : 0)),
    ...(model === null ? {} : { model }),
    ...(inputs.is === 'ok' && isPrompted(task) ? { planTasks: inputs.tasks() } : {}),
  };
  if (job.isRecovered) {
    job.live = await persist(agent, job, 'adopting', () => adoptAttempt(ports, executor, request));
  } else {
    // The last moment at which nothing has to be ended.
    checkFence(agent);
    if (job.endWanted !== null) return neverStarted(job.endWanted);
    if (model === null && wantsModel(task)) return notReady(job);
    const started = await startAttempt(ports, executor, request);
    if (started.is === 'refused') return started;
    job.live = started.live;
  }
  const { live, endWanted } = job;
  if (endWanted !== null) endJob(job, endWanted.cause, endWanted.reason);
  ringPulse(agent);
  return live.ended;
}

/** A meta task is this agent's own doing: there is no worker to adopt, and beginning again does no harm. */
function perform(agent: Agent, job: Job, task: Task): AttemptEnd | Promise<AttemptEnd> {
  checkFence(agent);
  if (job.endWanted !== null) return neverStarted(job.endWanted);
  job.live = startMeta(agent, job, task);
  agent.pulse.ring();
  return job.live.ended;
}

/** Its server died, or was ended, between the claim and the start. */
const notReady = ({ claim }: Job): AttemptEnd => ({
  outcome: 'not_now',
  message: `Not started: model ${claim.model ?? '?'} is not ready on this agent any more.`,
});

const neverStarted = ({ cause, reason }: NonNullable<Job['endWanted']>): AttemptEnd =>
  outcomeOf({
    end: { code: null, signal: null },
    cause,
    reason: `${reason} (before it started)`,
    lastLine: undefined,
    missingOutputs: [],
  });

function recordFor(agent: Agent, job: Job, task: Task, end: AttemptEnd): AttemptRecord {
  const { clock, executor } = agent.ports;
  const span = {
    plan: task.plan,
    host: agent.me.host,
    incarnation: agent.me.incarnation,
    startedAt: job.startedAt,
    finishedAt: utc(clock),
    durationMs: clock.monotonicMs() - job.startedMs,
    vramPeakMib: job.peakMib,
    sandbox: executor.sandbox.kind,
  };
  return recordOf(job.claim, span, end);
}

async function settle(agent: Agent, job: Job, record: AttemptRecord): Promise<void> {
  const { store, log } = agent.ports;
  const { claim } = job;
  const { outcome } = record;
  const tryCommit = openCommit(store, claim, record);
  const commit = (): Promise<'moved' | 'gone'> =>
    persist(agent, job, 'the commit', async () => {
      const answer = await tryCommit();
      // While tasks lie in the queue nobody waits for what the brain does next.
      await agent.ringBrain(agent.state.waiting === 0);
      return answer;
    });
  let moved = await commit();
  if (moved === 'gone' && (await store.disk.stat(claimFile(claim))) !== null) {
    // Not taken back: what is missing is the folder it goes to.
    await store.disk.mkdir(parentOf(finalFile(claim, outcome)));
    moved = await commit();
  }
  if (moved === 'moved') {
    agent.state.tasksDone += 1;
    const { message } = record;
    log.info(
      { claim: markOf(job), outcome, message },
      outcome === 'complete' ? 'complete' : 'fail',
    );
  } else {
    log.warn(
      { claim: markOf(job), outcome },
      'the claim was taken back: the late result is set aside',
    );
  }
}
