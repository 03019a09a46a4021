// Every crash point of every process, several at a time.
import { isDeepStrictEqual } from 'node:util';
import { undergo } from './ordeal.ts';
import type { Played } from './ordeal.ts';
import { pointsOf, stepOf } from './points.ts';
import type { CrashPoint, Fate } from './points.ts';
import type { Victim } from './stage.ts';

export interface Target {
  readonly victim: Victim;
  readonly fate: Fate;
  readonly point: CrashPoint;
  readonly step: string;
  /** How the tasks end when nothing happens. */
  readonly expected: Played['ends'];
}

export interface Result extends Target {
  /** `missed`: the play took fewer steps this time, so that nothing happened. */
  readonly is: 'survived' | 'missed' | 'breached';
  readonly problem: string;
}

const TRIES = 3;

/** Plays undisturbed once, and numbers what the process did. */
export async function survey(victim: Victim, fate: Fate): Promise<Target[]> {
  const played = await undergo({ victim, fate, point: null, isPatient: false });
  const { operations, ends: expected } = played;
  return pointsOf(victim, operations, fate).map((point) => ({
    victim,
    fate,
    point,
    step: stepOf(point, operations),
    expected,
  }));
}

export async function strike(target: Target): Promise<Result> {
  const { victim, fate, point, expected } = target;
  for (let tries = 1; tries <= TRIES; tries++) {
    try {
      const isPatient = tries === TRIES;
      const { isStruck, ends } = await undergo({ victim, fate, point, isPatient });
      if (!isDeepStrictEqual(ends, expected)) {
        const problem = `ended as ${JSON.stringify(ends)}, undisturbed as ${JSON.stringify(expected)}`;
        return { ...target, is: 'breached', problem };
      }
      if (isStruck) return { ...target, is: 'survived', problem: '' };
    } catch (error) {
      return { ...target, is: 'breached', problem: (error as Error).message };
    }
  }
  return { ...target, is: 'missed', problem: '' };
}

export async function strikeAll(
  targets: readonly Target[],
  jobs: number,
  onResult: (result: Result) => void = () => undefined,
): Promise<Result[]> {
  const waiting = [...targets];
  const results: Result[] = [];
  const work = async (): Promise<void> => {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
      const result = await strike(target);
      results.push(result);
      onResult(result);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return results;
}

/** `count` of them, evenly spaced, so that every process and every phase is in it. */
export const sampleOf = (targets: readonly Target[], count: number): Target[] =>
  Array.from(
    { length: Math.min(count, targets.length) },
    (_, index) => targets[Math.floor(((index + 0.5) * targets.length) / count)]!,
  );

export const nameOf = ({ victim, point }: Target): string =>
  `${victim}:${point.number}:${point.moment}`;
