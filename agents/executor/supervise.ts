// Watches one process group to its very end, and ends it when asked. `ended` resolves only when no
// member of the group is alive: a claim that is released earlier lets the task run twice, when the kill
// reached only the shell around the command. After a forced end the processes that left the group are hunted
// down by the mark TUTTI_CLAIM in their environment as well.
import type { Clock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import type { Spawner } from '../process/spawner.ts';
import type { ProcessIdentity } from '../protocol/attempt.ts';
import type { EndCause, LeaderEnd } from './outcome.ts';

export interface GroupPorts {
  readonly spawner: Spawner;
  readonly clock: Clock;
}

export interface WatchedGroup {
  /** Null as long as nobody knows it: a leader that ended before it was looked at. */
  readonly leader: () => ProcessIdentity | null;
  readonly exited: Promise<LeaderEnd>;
  readonly claim: string;
  readonly graceMs: number;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

export interface GroupEnd {
  readonly end: LeaderEnd;
  readonly cause: EndCause | null;
  readonly reason: string | undefined;
}

export interface Supervision {
  readonly ended: Promise<GroupEnd>;
  /** Only the first cause counts, but that a kill overrides an abort; nothing happens when it has ended. */
  readonly end: (cause: EndCause, reason?: string) => void;
  readonly isAlive: () => boolean;
}

/**
 * A command gets its TERM only after this time: one that reaches a shell between fork and exec is lost,
 * and the command would take all of its grace.
 */
const YOUNG_MS = 100;
const LOOK_MS_FIRST = 2;
const LOOK_MS_MAX = 250;

/** Causes that leave no time for goodbye. */
const isUrgent = (cause: EndCause): boolean => cause === 'kill' || cause === 'fence';

interface State {
  readonly startedMs: number;
  cause: EndCause | null;
  reason: string | undefined;
  hasLeaderEnded: boolean;
  isEnding: boolean;
  isDead: boolean;
  /** Aborted to cut the grace short: by an urgent cause, or because all are dead. */
  readonly hurry: AbortController;
}

export function supervise(ports: GroupPorts, group: WatchedGroup): Supervision {
  const state: State = {
    startedMs: ports.clock.monotonicMs(),
    cause: null,
    reason: undefined,
    hasLeaderEnded: false,
    isEnding: false,
    isDead: false,
    hurry: new AbortController(),
  };
  return {
    ended: follow(ports, group, state),
    isAlive: () => !state.isDead,
    end(cause, reason) {
      if (state.isDead) return;
      // A command that ended by itself has its outcome; what it left behind only dies faster.
      const isFirst = state.cause === null && !state.hasLeaderEnded;
      if (isFirst || (state.cause === 'abort' && cause === 'kill')) {
        state.cause = cause;
        state.reason = reason;
      }
      if (isUrgent(cause)) state.hurry.abort(cause);
      void terminate(ports, group, state);
    },
  };
}

async function follow(ports: GroupPorts, group: WatchedGroup, state: State): Promise<GroupEnd> {
  const end = await group.exited;
  state.hasLeaderEnded = true;
  const leader = group.leader();
  if (leader !== null && ports.spawner.isGroupAlive(leader)) {
    if (!state.isEnding)
      group.log.info({ claim: group.claim }, 'ending what the command left behind');
    void terminate(ports, group, state);
    await untilGone(ports, () => ports.spawner.isGroupAlive(leader));
  }
  if (state.cause !== null) await untilGone(ports, () => killStragglers(ports, group));
  state.isDead = true;
  // With a reason of its own: the default one is an exception with a stack, per attempt.
  state.hurry.abort('dead');
  return { end, cause: state.cause, reason: state.reason };
}

/** TERM, grace, KILL; once per group. */
async function terminate(ports: GroupPorts, group: WatchedGroup, state: State): Promise<void> {
  const leader = group.leader();
  if (state.isEnding || leader === null) return;
  state.isEnding = true;
  const { clock, spawner } = ports;
  const { signal: hurry } = state.hurry;
  const youngMs = state.hasLeaderEnded ? 0 : YOUNG_MS - (clock.monotonicMs() - state.startedMs);
  if (youngMs > 0) await clock.sleep(youngMs, hurry);
  if (!hurry.aborted) {
    spawner.signal(leader, 'SIGTERM');
    await clock.sleep(group.graceMs, hurry);
  }
  // Read through a call: the compiler does not see that it changed while this slept.
  if (hasEnded(state)) return;
  if (spawner.signal(leader, 'SIGKILL')) {
    group.log.warn({ claim: group.claim, pid: leader.pid, cause: state.cause }, 'sent KILL');
  }
}

const hasEnded = (state: State): boolean => state.isDead;

/** A process in the uninterruptible state can outlast a KILL for long; its claim is kept as long. */
async function untilGone(ports: GroupPorts, isThere: () => boolean): Promise<void> {
  for (let waitMs = LOOK_MS_FIRST; isThere(); waitMs = Math.min(waitMs * 2, LOOK_MS_MAX)) {
    await ports.clock.sleep(waitMs);
  }
}

function killStragglers(ports: GroupPorts, group: WatchedGroup): boolean {
  const pids = ports.spawner.stragglers(group.claim);
  for (const pid of pids) {
    group.log.warn({ claim: group.claim, pid }, 'killing a process that left its group');
    ports.spawner.kill(pid);
  }
  return pids.length > 0;
}
