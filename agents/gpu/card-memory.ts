// The memory of a card as the admission sees it, in MiB. Reserved memory never exceeds the budget,
// whatever the tasks use; what other programs hold and what own tasks took beyond their reservation
// shrinks the real card as well.
import type { QueueName } from '../protocol/lane-name.ts';
import type { TaskClass } from '../protocol/words.ts';

export interface CardMemory {
  readonly totalMib: number;
  /** What may be reserved. */
  readonly budgetMib: number;
  /** Held by programs that are not this agent's. */
  readonly foreignMib: number;
  readonly headroomMib: number;
}

/** What one running task holds. */
export interface Reservation {
  readonly taskClass: TaskClass;
  readonly reservedMib: number;
  /** Of its whole process group; null when nothing could measure it. */
  readonly usedMib: number | null;
  /** A model, or a task that runs on one: it takes no slot of the card. */
  readonly isServed?: true;
  /** Reserved, and not in use: a model that is loading, or whose server has ended. */
  readonly isEmpty?: true;
}

export interface MemoryLimits {
  readonly budgetPercent: number;
  readonly vramHeadroomMib: number;
}

/** The headroom never makes a task of the whole budget impossible on an empty card. */
export function cardMemory(totalMib: number, foreignMib: number, limits: MemoryLimits): CardMemory {
  const budgetMib = Math.floor((totalMib * limits.budgetPercent) / 100);
  const headroomMib = Math.min(limits.vramHeadroomMib, totalMib - budgetMib);
  return { totalMib, budgetMib, foreignMib, headroomMib };
}

/** What a task takes from the budget; an agent without a card counts slots instead. */
export function reservationOf(
  name: Pick<QueueName, 'taskClass' | 'vram'>,
  card: Pick<CardMemory, 'budgetMib'> | null,
): number {
  if (card === null || name.taskClass === 'meta') return 0;
  return name.vram === 'all' ? card.budgetMib : name.vram;
}

export const reservedMib = (running: readonly Reservation[]): number =>
  sum(running.map((task) => task.reservedMib));

/**
 * What other programs hold, from the memory in use on the whole card. Where the tasks' own use cannot be
 * measured (containers), everything beyond their reservations counts as foreign.
 */
export const foreignMib = (usedMib: number, running: readonly Reservation[]): number =>
  Math.max(0, Math.round(usedMib - ownMib(running)));

/** What was measured, and where nothing was, what is reserved. */
export const ownMib = (running: readonly Reservation[]): number =>
  sum(running.map((task) => task.usedMib ?? task.reservedMib));

export interface MemoryRefusal {
  readonly reason: string;
  /** It waits for memory of this agent's own tasks: nothing may take that memory before it. */
  readonly isHolding: boolean;
}

export function refuseMemory(
  card: CardMemory,
  running: readonly Reservation[],
  name: Pick<QueueName, 'taskClass' | 'vram'>,
): MemoryRefusal | null {
  const { budgetMib } = card;
  const needMib = reservationOf(name, card);
  const what = name.vram === 'all' ? `the whole budget of ${needMib} MiB` : `${needMib} MiB`;
  const refuse = (rest: string, isHolding: boolean): MemoryRefusal => ({
    reason: `needs ${what}, ${rest}`,
    isHolding,
  });
  if (needMib > budgetMib) return refuse(`the budget of this card is ${budgetMib} MiB`, false);

  // The memory of a cpu task is virtual: it counts against the budget, not against the real card.
  const realMib = name.taskClass === 'cpu' ? 0 : needMib;
  const idleMib = Math.max(0, card.totalMib - card.foreignMib - card.headroomMib);
  if (realMib > idleMib) {
    return refuse(
      `${idleMib} MiB of the card left: other programs hold ${card.foreignMib} MiB`,
      false,
    );
  }
  const budgetFreeMib = budgetMib - reservedMib(running);
  if (needMib > budgetFreeMib) {
    return refuse(`${budgetFreeMib} of ${budgetMib} MiB budget free`, true);
  }
  const heldMib = sum(running.map((task) => Math.max(task.reservedMib, task.usedMib ?? 0)));
  const realFreeMib = Math.max(0, idleMib - heldMib);
  return realMib > realFreeMib ? refuse(`${realFreeMib} MiB of the card free`, true) : null;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
