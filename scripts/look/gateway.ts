// What the gateway of an air gap knows of its rig: how old its picture is, by its own clock since the last
// pull, and whether the brain over there was alive then (docs/ARCHITECTURE.md, rule 4).
import { uptimeMs } from '../../agents/process/clock.ts';
import type { Clock } from '../../agents/process/clock.ts';
import { bootId } from '../../agents/process/spawner.ts';
import type { BrainState } from '../../agents/protocol/state.ts';
import type { Moment, SyncState } from '../../agents/protocol/sync.ts';
import { INTERVALS_MAX } from './liveness.ts';
import type { BrainLiveness, BrainView } from './liveness.ts';

/** A picture that changed between two pulls this far apart says nothing about the time of the second. */
export const SURE_GAP_MS = 600_000;

/** Null on any host but the gateway itself: its clock is another one. */
export function ageOf(
  moment: Moment,
  { host }: SyncState,
  here: string,
  clock: Clock,
): number | null {
  if (moment.boot_id === bootId) return Math.max(0, uptimeMs() - moment.up_ms);
  if (host !== here) return null;
  return Math.max(0, clock.wall().getTime() - Date.parse(moment.at));
}

export function judgeFromGateway(
  sync: SyncState,
  state: BrainState | null,
  epoch: number,
  pulledAgeMs: number | null,
): BrainView {
  const { pulled, brain } = sync;
  if (state === null || pulled === null || brain === null) {
    const isNone = state === null && pulled !== null && epoch === 0;
    return { state: isNone ? 'none' : 'unknown', pictureAgeMs: null };
  }
  const isSameBoot = pulled.boot_id === brain.changed.boot_id;
  const silentMs = isSameBoot ? Math.max(0, pulled.up_ms - brain.changed.up_ms) : null;
  return {
    state: judge(state, silentMs, brain.gap_ms),
    pictureAgeMs: pulledAgeMs === null ? null : pulledAgeMs + (silentMs ?? 0),
  };
}

/** At the moment of the last pull. */
function judge(state: BrainState, silentMs: number | null, gapMs: number | null): BrainLiveness {
  if (state.brain === 'stopped') return 'stopped';
  if (silentMs !== null && silentMs >= INTERVALS_MAX * state.interval_ms) return 'dead';
  const isSure = silentMs !== null && gapMs !== null && gapMs < SURE_GAP_MS;
  return isSure ? 'alive' : 'unknown';
}
