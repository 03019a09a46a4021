// Who is alive. On this host a process is looked up by (pid, start time, boot id); of other hosts only a
// number that changes tells, and until it has changed the honest answer is `unknown`.
import { bootId, realSpawner } from '../../agents/process/spawner.ts';
import type { Clock } from '../../agents/process/clock.ts';
import type { Heartbeat } from '../../agents/protocol/heartbeat.ts';
import type { BrainState } from '../../agents/protocol/state.ts';
import type { HeartbeatFile } from '../../agents/store/heartbeats.ts';

/**
 * none     no brain has ever worked here
 * stopped  the last one ended as it was asked to
 * dead     the last one ended otherwise, or has been silent for too long
 * unknown  on another host, and nothing has changed yet since this process looks
 */
export type BrainLiveness = 'alive' | 'stopped' | 'dead' | 'none' | 'unknown';

export interface BrainView {
  readonly state: BrainLiveness;
  /** How old its picture is; null when that cannot be told. */
  readonly pictureAgeMs: number | null;
}

/** A picture that did not change for this many of its intervals is nobody's. */
export const INTERVALS_MAX = 10;

export interface BrainWatch {
  look(state: BrainState | null, epoch: number): BrainView;
}

export function openBrainWatch(host: string, clock: Clock): BrainWatch {
  let mark = '';
  let markedMs = 0;
  let hasChanged = false;
  return {
    look(state, epoch) {
      if (state === null) return { state: epoch === 0 ? 'none' : 'unknown', pictureAgeMs: null };
      const current = `${state.epoch}/${state.seq}`;
      const nowMs = clock.monotonicMs();
      if (mark !== current) {
        hasChanged = mark !== '';
        mark = current;
        markedMs = nowMs;
      }
      const isHere = state.host === host && state.boot_id === bootId;
      const silentMs = nowMs - markedMs;
      const age = isHere ? clock.wall().getTime() - Date.parse(state.at) : null;
      const pictureAgeMs = age ?? (hasChanged ? silentMs : null);
      return {
        state: judge(state, isHere, hasChanged, Math.max(silentMs, age ?? 0)),
        pictureAgeMs,
      };
    },
  };
}

function judge(
  state: BrainState,
  isHere: boolean,
  hasChanged: boolean,
  silentMs: number,
): BrainLiveness {
  if (state.brain === 'stopped') return 'stopped';
  if (isHere && realSpawner.identify(state.pid)?.startTime === state.start_time) return 'alive';
  if (hasChanged && silentMs < INTERVALS_MAX * state.interval_ms) return 'alive';
  // A container shares host name and boot id with processes that it cannot see.
  const isFresh = silentMs < 2 * state.interval_ms;
  return isFresh ? 'unknown' : 'dead';
}

export type AgentLiveness = 'alive' | 'stopped' | 'lost' | 'dead' | 'unknown';

export interface AgentView {
  readonly state: AgentLiveness;
  readonly heartbeatAgeMs: number | null;
}

export interface AgentObserver {
  readonly host: string;
  readonly clock: Clock;
  readonly brain: BrainView;
  readonly state: BrainState | null;
}

export function judgeAgent(
  { agent, heartbeat }: HeartbeatFile,
  observer: AgentObserver,
): AgentView {
  const { state, brain } = observer;
  const seen =
    brain.state === 'alive' ? state?.agents.find((one) => one.agent === agent) : undefined;
  const seenAgeMs = seen === undefined ? null : seen.heartbeat_age_ms + (brain.pictureAgeMs ?? 0);
  if (heartbeat === null) return { state: seen?.state ?? 'unknown', heartbeatAgeMs: seenAgeMs };
  const isHere = isOnThisHost(heartbeat, observer.host);
  const heartbeatAgeMs = isHere
    ? observer.clock.wall().getTime() - Date.parse(heartbeat.at)
    : seenAgeMs;
  if (heartbeat.state === 'stopped') return { state: 'stopped', heartbeatAgeMs };
  if (isHere) {
    const process = realSpawner.identify(heartbeat.pid);
    const isAlive = process?.startTime === heartbeat.start_time;
    if (isAlive) return { state: 'alive', heartbeatAgeMs };
    if (seen?.state !== 'alive') return { state: 'dead', heartbeatAgeMs };
  }
  return { state: seen?.state ?? 'unknown', heartbeatAgeMs };
}

export const isOnThisHost = (
  { host, boot_id: boot }: Pick<Heartbeat, 'host' | 'boot_id'>,
  here: string,
): boolean => host === here && boot === bootId;
