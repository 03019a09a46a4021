// What a queue without any regard for models would do: the next task goes to the card that is free first, which loads
// its model where it holds another one. Pure; a yardstick for the swaps that really happened.
import { hashText } from '../../agents/protocol/ids.ts';

/** The models of `count` tasks, mixed in the same way on every machine. */
export const mixOf = (count: number, models: readonly string[]): string[] =>
  Array.from({ length: count }, (_, index) => {
    const draw = Number.parseInt(hashText(`task ${index}`), 36);
    return models[draw % models.length]!;
  });

export interface Times {
  readonly taskMs: number;
  readonly loadMs: number;
}

/** Loads of `cards` cards that each hold one model, when tasks start strictly in their order. */
export function fifoLoads(
  order: readonly string[],
  cards: number,
  { taskMs, loadMs }: Times,
): number {
  const state = Array.from({ length: cards }, () => ({ freeMs: 0, model: '' }));
  let loads = 0;
  for (const model of order) {
    const card = state.reduce((best, next) => (next.freeMs < best.freeMs ? next : best));
    const isSwap = card.model !== model;
    if (isSwap) loads += 1;
    card.freeMs += taskMs + (isSwap ? loadMs : 0);
    card.model = model;
  }
  return loads;
}
