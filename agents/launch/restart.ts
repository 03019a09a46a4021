// Whether a process that ended is started again. Pure: what ended, what happened before, what the
// configuration allows and the time decide; supervise.ts does it.
import type { Config } from '../protocol/config.ts';
import { EXIT } from '../process/shutdown.ts';

/** How it ended; both null for an adopted process, whose status only its parent could have read. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  /** Its last heartbeat (for the brain: its picture) says that it stopped as asked. */
  readonly saidStopped: boolean;
  /** Why it could not even be started. */
  readonly problem?: string;
}

export type RestartDecision =
  | { readonly is: 'restart'; readonly delayMs: number; readonly restart: number }
  /** A full disk: it takes as long as it takes, and counts as nothing. */
  | { readonly is: 'later'; readonly delayMs: number }
  | { readonly is: 'stopped' }
  | { readonly is: 'refused'; readonly reason: string }
  | { readonly is: 'gave_up'; readonly reason: string };

type Limits = Config['launch'];

/** Exit codes after which another start would end the same way, and what to tell a person. */
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [EXIT.usage, 'it does not accept its arguments or its input'],
  [EXIT.config, 'its configuration or the shared directory cannot be used'],
  [EXIT.locked, 'another process holds its place'],
  [EXIT.superseded, 'a newer one took over'],
]);

export function describeEnd({ code, signal, saidStopped, problem }: Ended): string {
  if (problem !== undefined) return `could not be started (${problem})`;
  if (code !== null) return `exited with status ${code}`;
  if (signal !== null) return `was ended by ${signal}`;
  return saidStopped ? 'stopped' : 'is gone';
}

/** The wait after "not now", in doublings of the backoff: a few seconds, as it may take hours. */
const NOT_NOW_DOUBLINGS = 3;

/** `restartsMs`: when it was restarted before, on the same monotonic clock as `nowMs`. */
export function decideRestart(
  restartsMs: readonly number[],
  ended: Ended,
  limits: Limits,
  nowMs: number,
): RestartDecision {
  const { code } = ended;
  if (code === EXIT.ok || (code === null && ended.saidStopped)) return { is: 'stopped' };
  if (code === EXIT.notNow) {
    const delayMs = Math.min(limits.backoffMs * 2 ** NOT_NOW_DOUBLINGS, limits.backoffMsMax);
    return { is: 'later', delayMs };
  }
  const refusal = code === null ? undefined : REFUSALS.get(code);
  if (refusal !== undefined) {
    return { is: 'refused', reason: `${describeEnd(ended)}: ${refusal}` };
  }
  const recent = restartsMs.filter((at) => nowMs - at < limits.restartWindowMs).length;
  if (recent >= limits.restartsMax) {
    const seconds = limits.restartWindowMs / 1000;
    const reason = `${describeEnd(ended)}, after ${recent} restarts within ${seconds} s`;
    return { is: 'gave_up', reason };
  }
  // 2 ** 30 already is twelve days in units of a millisecond: more doublings could only overflow.
  const doubled = limits.backoffMs * 2 ** Math.min(recent, 30);
  return { is: 'restart', delayMs: Math.min(doubled, limits.backoffMsMax), restart: recent + 1 };
}
