// The gate in front of each process's disk: every operation waits for its turn among those of all other
// processes, and this is where incidents happen.
import type { Dice } from './dice.ts';
import { describe } from './faults.ts';
import type { Faults, Incident } from './faults.ts';
import type { Life } from './life.ts';
import type { Gate, Operation } from './memory-disk.ts';
import { failure } from './memory-tree.ts';
import type { Trace } from './trace.ts';

export interface GateParts {
  readonly life: Life;
  readonly dice: Dice;
  /** Null for a process that nothing happens to. */
  readonly faults: Faults | null;
  readonly trace: Trace;
  readonly nowMs: () => number;
  readonly die: () => void;
}

const NEVER = new Promise<never>(() => undefined);

/** How often an answer takes a while to arrive, so that the others act before it is known. */
const SLOW_ANSWERS = 0.3;

export function openGate(parts: GateParts): Gate {
  const { life, dice, faults, trace, nowMs } = parts;

  const perform = async <T>(
    incident: Incident | null,
    effect: () => T,
    half: (() => void) | undefined,
  ): Promise<T> => {
    if (incident?.is === 'death' && incident.when !== 'after') {
      if (incident.when === 'half') half?.();
      parts.die();
      return NEVER;
    }
    if (incident?.is === 'error') {
      if (incident.when === 'half') half?.();
      throw failure(incident.code, 'by chance');
    }
    if (incident?.is === 'stall' && incident.when === 'before') {
      life.stalledUntilMs = nowMs() + incident.ms;
      await life.turn(0);
    }
    const answer = effect();
    if (incident?.is === 'lie') throw failure(incident.code, 'by chance');
    if (incident?.is === 'death') {
      parts.die();
      return NEVER;
    }
    if (incident?.is === 'stall') life.stalledUntilMs = nowMs() + incident.ms;
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
      const incident = faults?.draw(operation, nowMs()) ?? null;
      const line = trace.operation(life.name, operation, path);
      if (incident !== null) trace.fault(line, describe(incident));
      try {
        return await perform(incident, effect, half);
      } catch (error) {
        line.answer = (error as NodeJS.ErrnoException).code ?? String(error);
        throw error;
      } finally {
        if (life.isStalled || dice.chance(SLOW_ANSWERS)) await life.turn(3 * dice.next());
      }
    },
  };
}
