// Work that would keep a turn too long: it stops between two steps, and goes on in the next turn. Its steps are
// counted, not timed, so that the simulator plays the same ones.

/**
 * Why it stops: there is more to do at once, of which nothing is in `shared/` yet or something lies in staging; or
 * somebody else has to do something first.
 */
export type Pause = 'reading' | 'writing' | 'waiting';

export type Steps<T> = AsyncGenerator<Pause, T>;

/** For whoever has nothing else to do meanwhile. */
export async function toEnd<T>(steps: Steps<T>): Promise<T> {
  let step = await steps.next();
  while (step.done !== true) step = await steps.next();
  return step.value;
}
