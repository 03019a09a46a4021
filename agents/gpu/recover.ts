// Claims in `processing` that carry this agent's name and that it does not know: of its last life, or of
// a rename that succeeded and reported a failure. Each is taken over where it stands: its record is
// committed, its worker adopted, its exit status read; or, when nothing ever started, made sure of.
import { claimMark } from '../executor/environment.ts';
import type { Heartbeat } from '../protocol/heartbeat.ts';
import { parseClaim } from '../protocol/lane-name.ts';
import { PROCESSING } from '../protocol/layout.ts';
import type { Agent } from './agent.ts';
import { openJob } from './claiming.ts';
import { conduct } from './conduct.ts';
import type { InputReader } from './inputs.ts';
import { markOf } from './persist.ts';

/** `before`: the last heartbeat of the last life, which knows how long its tasks had run. */
export async function recoverClaims(
  agent: Agent,
  readInputs: InputReader,
  before: Heartbeat | null,
): Promise<number> {
  const { ports, me, jobs } = agent;
  const known = new Map(
    before?.running.map((run) => [claimMark(run.batch, run.task, run.attempt), run]),
  );
  let recovered = 0;
  for (const file of (await ports.store.disk.list(PROCESSING)) ?? []) {
    const claim = parseClaim(file);
    if (claim === null || claim.agent !== me.name) continue;
    const job = openJob(agent, claim, true);
    const mark = markOf(job);
    if (jobs.has(mark)) continue;
    const run = known.get(mark);
    if (run !== undefined) {
      job.startedAt = run.started_at;
      job.startedMs -= run.elapsed_ms;
    }
    jobs.set(mark, job);
    recovered += 1;
    ports.log.info({ claim: mark }, 'found a claim of an earlier life');
    void conduct(agent, job, readInputs);
  }
  return recovered;
}
