// What fits on which card: the cards are those of the agents that have ever published a heartbeat here, and those
// that somebody thinks of buying.
import { fittingContext } from '../../agents/models/estimate.ts';
import type { GgufModel } from '../../agents/models/gguf.ts';
import type { ModelShape } from '../../agents/models/model-shape.ts';
import { KV_TYPES } from '../../agents/models/runtime.ts';
import type { KvType } from '../../agents/models/runtime.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import { readHeartbeats } from '../../agents/store/heartbeats.ts';
import type { Context } from '../context.ts';

export interface FitCard {
  readonly name: string;
  /** What may be reserved. */
  readonly budgetMib: number;
}

export interface CardFit extends FitCard {
  /** Largest context per slot; 0 where not even the smallest fits. */
  readonly contextTokens: Readonly<Record<KvType, number>>;
}

export interface Fitted {
  readonly file: string;
  readonly model: GgufModel;
  readonly slots: number;
  readonly cards: readonly CardFit[];
}

/** Without any card this is a question nobody can answer, and says so. */
export async function listCards(
  context: Context,
  thoughtOf: readonly number[],
  budgetPercent: number,
): Promise<FitCard[]> {
  const imagined = thoughtOf.map((vramMib) => ({
    name: `${vramMib} MiB`,
    budgetMib: Math.floor((vramMib * budgetPercent) / 100),
  }));
  if (imagined.length > 0) return imagined;
  const { store } = await context.open('read');
  const cards = (await readHeartbeats(store)).flatMap(({ agent, kind, heartbeat }) =>
    kind === 'gpu' && heartbeat !== null ? [{ name: agent, budgetMib: heartbeat.budget_mib }] : [],
  );
  if (cards.length === 0) {
    const problem = 'no agent of a card is known here, and no --vram is given';
    throw new Fault('ARGUMENT_INVALID', { argument: 'models fit', problem });
  }
  return cards;
}

export function fitCards(model: ModelShape, cards: readonly FitCard[], slots: number): CardFit[] {
  return cards.map((card) => {
    const largest = (kvType: KvType): number =>
      fittingContext(model, { slots, kvType, isFlashAttention: true }, card.budgetMib);
    const byType = KV_TYPES.map((kvType) => [kvType, largest(kvType)] as const);
    return { ...card, contextTokens: Object.fromEntries(byType) as Record<KvType, number> };
  });
}
