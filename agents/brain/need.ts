// What a task has to find on an agent, by which the windows and turns of releases are counted. Pure.
import type { Vram } from '../protocol/lane-name.ts';
import type { TaskClass } from '../protocol/words.ts';

export interface Need {
  readonly need: string;
  readonly taskClass: TaskClass;
  readonly vram: Vram;
  readonly model: string | null;
}

/** The headings of a batch with one need and priority that have something to release. */
export interface Pool extends Need {
  /** Begun by the brain itself. */
  readonly isOwn: boolean;
  readonly priority: number;
  /** Their places in the plan, in its order. */
  readonly places: number[];
  /** How many entries of theirs may be released. */
  entries: number;
}

/** What waits for one model must not take the places of what waits for another. */
export const needOf = (taskClass: TaskClass, vram: Vram, model?: string | null): string =>
  model === undefined || model === null
    ? `${taskClass}.${vram}`
    : `${taskClass}.${vram} on ${model}`;
