// Claims in `processing` that carry this agent's name and that it does not know: of its last life, or of
// a rename that succeeded and reported a failure. Each is taken over where it stands: its record is
// committed, its worker adopted, its exit status read; or, when nothing ever started, made sure of.
// And the reverse: work whose claim was taken back runs elsewhere by now, and is ended here.
import { claimMark } from '../executor/environment.ts';
import { endOrphans as killOrphans } from '../executor/orphans.ts';
import type { Heartbeat } from '../protocol/heartbeat.ts';
import { parseClaim } from '../protocol/lane-name.ts';
import { PROCESSING } from '../protocol/layout.ts';
import { listFresh } from '../store/store.ts';
import { endJob } from './agent.ts';
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
  const held = new Set<string>();
  let recovered = 0;
  for (const file of (await ports.store.disk.list(PROCESSING)) ?? []) {
    const claim = parseClaim(file);
    if (claim === null || claim.agent !== me.name) continue;
    const job = openJob(agent, claim, true);
    const mark = markOf(job);
    held.add(mark);
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
  endTakenBack(agent, held);
  return recovered;
}

/** One look that does not show a claim proves nothing: the second one ends the work. */
function endTakenBack({ jobs }: Agent, held: ReadonlySet<string>): void {
  for (const [mark, job] of jobs) {
    const isMissing = job.live !== null && !held.has(mark);
    if (isMissing && job.isMissed) endJob(job, 'fence', 'its claim was taken back');
    job.isMissed = isMissing;
  }
}

/** At the start: what ran here in earlier lives and is nobody's any more. */
export const endOrphans = ({ ports, me }: Agent): Promise<void> =>
  killOrphans(ports, me.name, ports.store.disk.absolute(''), async () => {
    const claims = (await listFresh(ports.store, PROCESSING)).flatMap(
      (file) => parseClaim(file) ?? [],
    );
    return new Set(claims.map((claim) => markOf({ claim })));
  });
