// What the brain keeps about models and its own wishes: shapes only, the rules are in model-memory.ts. Pure.
import type { HeldModel } from '../protocol/heartbeat.ts';
import type { LearnedTask } from '../protocol/learned-vram.ts';
import type { Rating } from '../protocol/thought.ts';

/** What the brain asks of one agent: a load on its card, one on a group of cards that it owns, an unload. */
export const META_VERBS = ['load_llm', 'load_split', 'unload_llm'] as const;
export type MetaVerb = (typeof META_VERBS)[number];

/** The item of one of these. */
export interface MetaItem {
  readonly model: string;
  readonly agent: string;
  /** What an unload makes room for: a model, or empty for tasks that need the card to themselves. */
  readonly for?: string;
  /** Of a split load: the agents that have lent their cards. */
  readonly partners?: readonly string[];
}

/** A card that the brain keeps free for the owner of a group; its key is the agent of the card. */
export interface Lending {
  readonly owner: string;
  readonly model: string;
  /** Of its signal. */
  readonly at: string;
  /** When it was sent, or first seen in a heartbeat, on the monotonic clock. */
  readonly atMs: number;
}

/** An end that no heartbeat shows yet. */
export interface Expected {
  readonly state: HeldModel['state'];
  mark: string;
  changes: number;
}

/** A card, or a group of cards, on which a model is not tried again for a while. */
export interface Failure {
  readonly untilMs: number;
  readonly message: string;
  /** The batch of the wish that tells of it: it stays open as long as this counts, for the next brain to find. */
  readonly batch: string;
  /** The start of the agent that failed: another one is asked anew. Null where the agent itself was lost. */
  readonly incarnation: string | null;
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
  /** Cards that are lent, and `at` of the last lending of each that was taken back. */
  readonly lent: Map<string, Lending>;
  readonly returned: Map<string, string>;
  /** By model: since when all cards of its group are free for it. By owner: since when it is not there. */
  readonly gatheredSinceMs: Map<string, number>;
  readonly goneSinceMs: Map<string, number>;
}

/** What the record of an evaluation says; `sought` while it is not there, which one look does not prove. */
export type RatingState =
  | { readonly is: 'rated'; readonly rating: Rating }
  | { readonly is: 'none'; readonly why: string }
  | { readonly is: 'sought'; readonly sinceMs: number };
