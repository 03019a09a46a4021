// What decisions about models are made of. Pure.
import { heldMib, mibOf } from './cards.ts';
import type { CardState, Table } from './cards.ts';
import type { Decision } from './decisions.ts';
import { placeKey } from './model-memory.ts';
import type { HeldModel } from '../protocol/heartbeat.ts';

export type Wish = Extract<Decision, { is: 'wish' }>;
/** Before it has a name. */
export type Plain = Omit<Wish, 'batch' | 'task'>;

export const load = (agent: string, model: string, reason: string): Plain => ({
  is: 'wish',
  verb: 'load_llm',
  agent,
  model,
  reason,
});

export const loadSplit = (
  agent: string,
  model: string,
  partners: readonly string[],
  reason: string,
): Plain => ({ is: 'wish', verb: 'load_split', agent, model, partners, reason });

export const unload = (agent: string, model: string, to: string, reason: string): Plain => ({
  is: 'wish',
  verb: 'unload_llm',
  agent,
  model,
  for: to,
  reason,
});

export const waits = (count: number): string =>
  count === 1 ? '1 task waits' : `${count} tasks wait`;

/** Not where it can never be, and not where it failed lately. */
export const mayTry = (
  { world }: Table,
  { agent }: CardState,
  { model, refused }: HeldModel,
): boolean => refused === null && !world.memory.failures.has(placeKey({ agent, model }));

export const fits = (card: CardState, held: HeldModel): boolean =>
  heldMib(card) + mibOf(held, card) <= card.view.card.budgetMib;
