// Workers of earlier lives whose claim was taken back while nobody watched them: what they do runs elsewhere
// by now, or will.
import type { Clock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import type { Spawner } from '../process/spawner.ts';

export interface OrphanPorts {
  readonly spawner: Spawner;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
}

const KILLS_MAX = 20;
const KILL_WAIT_MS = 50;

/** `readHeld` answers the marks of all claims that are in `processing`; it is asked only when a worker lives. */
export async function endOrphans(
  { spawner, clock, log }: OrphanPorts,
  agent: string,
  shared: string,
  readHeld: () => Promise<ReadonlySet<string>>,
): Promise<void> {
  const marks = spawner.claimsOf(agent, shared);
  if (marks.length === 0) return;
  const held = await readHeld();
  for (const mark of marks.filter((each) => !held.has(each))) {
    log.warn({ claim: mark }, 'killing a worker of an earlier life: its claim was taken back');
    await endOrphan({ spawner, clock }, mark);
  }
}

/** Whatever runs under one claim and cannot be taken over. */
export async function endOrphan(
  { spawner, clock }: Pick<OrphanPorts, 'spawner' | 'clock'>,
  mark: string,
): Promise<void> {
  for (let kills = 0; kills < KILLS_MAX; kills++) {
    const pids = spawner.stragglers(mark);
    if (pids.length === 0) return;
    for (const pid of pids) spawner.kill(pid);
    await clock.sleep(KILL_WAIT_MS);
  }
}
