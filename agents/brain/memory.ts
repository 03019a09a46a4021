// What the brain keeps about models and its own wishes: shapes only, the rules are in model-memory.ts. Pure.
import type { HeldModel } from '../protocol/heartbeat.ts';
import type { LearnedTask } from '../protocol/learned-vram.ts';
import type { Rating } from '../protocol/thought.ts';

/** The item of a load or an unload. */
export interface MetaItem {
  readonly model: string;
  readonly agent: string;
  /** What an unload makes room for: a model, or empty for tasks that need the card to themselves. */
  readonly for?: string;
}

/** An end that no heartbeat shows yet. */
export interface Expected {
  readonly state: HeldModel['state'];
  mark: string;
  changes: number;
}

export interface Failure {
  readonly untilMs: number;
  readonly message: string;
}

export interface ModelMemory {
  /** Since when tasks wait for a model, or (under the empty name) for a card without one, that nobody offers. */
  readonly waitingSinceMs: Map<string, number>;
  /** By agent and model: since when it has been ready there, and since when nothing wants it. */
  readonly residentSinceMs: Map<string, number>;
  readonly idleSinceMs: Map<string, number>;
  readonly expected: Map<string, Expected>;
  readonly failures: Map<string, Failure>;
  /** What scripts were seen to take, by `<plan>/<task>`, the one heard of last at the end; in a file (remember.ts). */
  readonly learned: Map<string, LearnedTask>;
}

/** What the record of an evaluation says; `sought` while it is not there, which one look does not prove. */
export type RatingState =
  | { readonly is: 'rated'; readonly rating: Rating }
  | { readonly is: 'none'; readonly why: string }
  | { readonly is: 'sought'; readonly sinceMs: number };
