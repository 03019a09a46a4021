// The end of everything, in steps. Agents first, because the brain records what they finish; then the
// brain. Each step waits for its processes, for the timeout, or for the next Ctrl-C, whichever is first.
import type { Clock } from '../process/clock.ts';
import type { Shutdown } from '../process/shutdown.ts';
import type { Ward } from './ward.ts';

/** 1 finish what runs · 2 give the work back · 3 kill. */
export type StopLevel = 1 | 2 | 3;

export interface StopAsk {
  /** How often a stop was asked for so far. */
  readonly level: StopLevel;
  /** Aborts when the level rises above `level`. */
  above(level: StopLevel): AbortSignal;
}

export interface StopTools {
  readonly clock: Clock;
  readonly stopTimeoutMs: number;
  readonly say: (name: string, text: string) => void;
}

const STEPS = {
  agents: {
    1: 'asked to finish what runs and stop',
    2: 'asked to give its work back and stop',
    3: 'killed; its workers live on and the next start adopts them',
  },
  brain: {
    1: 'asked to stop',
    2: 'asked to stop at once',
    3: 'killed; all it knows is in the files',
  },
} as const;

const LEVELS = [1, 2, 3] as const;

/** Answers the names of the processes that outlived even KILL (stuck in the kernel). */
export async function stopAll(
  wards: readonly Ward[],
  ask: StopAsk,
  tools: StopTools,
): Promise<string[]> {
  const agents = wards.filter(({ charge }) => charge.kind !== 'brain');
  const brains = wards.filter(({ charge }) => charge.kind === 'brain');
  await stopGroup(agents, STEPS.agents, ask, tools);
  await stopGroup(brains, STEPS.brain, ask, tools);
  return wards.filter(({ life }) => life !== null).map(({ charge }) => charge.name);
}

async function stopGroup(
  wards: readonly Ward[],
  texts: Readonly<Record<StopLevel, string>>,
  ask: StopAsk,
  { clock, stopTimeoutMs, say }: StopTools,
): Promise<void> {
  let isLate = false;
  for (const level of LEVELS) {
    const alive = wards.filter(({ life }) => life !== null);
    if (alive.length === 0) return;
    // The two requests are passed on in order, also when both came at once; a kill needs neither.
    if (ask.level === 3 && level < 3) continue;
    const late = isLate ? `did not end within ${stopTimeoutMs / 1000} s: ` : '';
    for (const { charge, life } of alive) {
      say(charge.name, `${late}${texts[level]}`);
      if (level === 3) life?.kill();
      else life?.ask(level === 1 ? 'SIGTERM' : 'SIGINT');
    }
    const hurry = new AbortController();
    void Promise.all(alive.map(({ finished }) => finished)).then(() => hurry.abort());
    await clock.sleep(stopTimeoutMs, AbortSignal.any([hurry.signal, ask.above(level)]));
    isLate = !ask.above(level).aborted;
  }
}

/** Counts the requests: the first aborts `stopping`, each further one raises the level. */
export function openStopAsk(shutdown: Shutdown, stopping: AbortController): StopAsk {
  const passed = [1, 2, 3].map(() => new AbortController());
  let count = 0;
  const rise = (): void => {
    passed[count]?.abort();
    count = Math.min(3, count + 1);
    stopping.abort();
  };
  shutdown.onRequest(rise);
  if (shutdown.level > 0) rise();
  return {
    get level() {
      return Math.max(1, count) as StopLevel;
    },
    above: (level) => (passed[level] ?? new AbortController()).signal,
  };
}
