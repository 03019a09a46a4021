// The gate in front of each process's disk: every operation waits for its turn among those of all other
// processes, and this is where incidents happen.
import type { Dice } from './dice.ts';
import { describe } from './faults.ts';
import type { Draw, Incident } from './faults.ts';
import type { Life } from './life.ts';
import type { Gate, Operation } from './memory-disk.ts';
import { failure } from './memory-tree.ts';
import type { Trace } from './trace.ts';

export interface GateParts {
  readonly life: Life;
  readonly dice: Dice;
  /** Null for a process that nothing happens to. */
  readonly draw: Draw | null;
  readonly trace: Trace;
  readonly nowMs: () => number;
  readonly die: () => void;
}

/** A new one each time: who waits for a shared one is kept for as long as it. */
const never = (): Promise<never> => new Promise(() => undefined);

/** How often an answer takes a while to arrive, so that the others act before it is known. */
const SLOW_ANSWERS = 0.3;
/** How long a long directory takes to be read. */
const GAP_MS = 20;

export function openGate(parts: GateParts): Gate {
  const { life, dice, draw, trace, nowMs } = parts;

  const suffer = async <T>(
    incident: Incident,
    effect: () => T,
    half: (() => void) | undefined,
  ): Promise<T> => {
    if (incident.is === 'death' && incident.when !== 'after') {
      if (incident.when === 'half') half?.();
      parts.die();
      return never();
    }
    if (incident.is === 'error') {
      if (incident.when === 'half') half?.();
      throw failure(incident.code, 'by chance');
    }
    if (incident.is === 'stall' && incident.when === 'before') {
      life.stall(incident.ms);
      await life.turn(0);
    }
    const answer = effect();
    if (incident.is === 'lie') throw failure(incident.code, 'by chance');
    if (incident.is === 'death') {
      parts.die();
      return never();
    }
    if (incident.is === 'gap' && Array.isArray(answer)) {
      await life.turn(GAP_MS * dice.next());
      return mixed(answer as string[], effect() as string[] | null, dice) as T;
    }
    if (incident.is === 'stall' && incident.when === 'after') life.stall(incident.ms);
    return answer;
  };

  return {
    async pass<T>(
      operation: Operation,
      path: string,
      effect: () => T,
      half?: () => void,
    ): Promise<T> {
      await life.turn(dice.next());
      const incident = draw === null ? null : draw(operation, nowMs());
      const line = trace.operation(life.name, operation, path);
      try {
        if (incident === null) return effect();
        trace.inject(incident, line, describe(incident));
        return await suffer(incident, effect, half);
      } catch (error) {
        line.answer = (error as NodeJS.ErrnoException).code ?? String(error);
        throw error;
      } finally {
        if (life.isStalled || dice.chance(SLOW_ANSWERS)) await life.turn(3 * dice.next());
      }
    },
  };
}

/** POSIX: what was there all the time is listed; of what came or went meanwhile each name may be. */
function mixed(before: readonly string[], after: readonly string[] | null, dice: Dice): string[] {
  const late = new Set(after ?? []);
  const early = new Set(before);
  return [...new Set([...before, ...late])].filter(
    (name) => (early.has(name) && late.has(name)) || dice.chance(0.5),
  );
}
