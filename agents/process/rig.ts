// What this host offers, and the agents that `"auto"` makes of it: one per card, one for the CPU.
import { availableParallelism, totalmem } from 'node:os';
import type { AgentConfig } from '../protocol/config.ts';
import { listCards } from './cards.ts';
import type { CardList } from './cards.ts';

export interface Rig {
  readonly cards: CardList;
  /** Cores that this process may use. */
  readonly cores: number;
  readonly memoryMib: number;
}

export const scanRig = async (smiTimeoutMs: number): Promise<Rig> => ({
  cards: await listCards(smiTimeoutMs),
  cores: availableParallelism(),
  memoryMib: Math.floor(totalmem() / 1_048_576),
});

/** Cards are known by UUID: their indexes change with drivers, slots and CUDA_VISIBLE_DEVICES. */
export function agentsOf(rig: Pick<Rig, 'cards' | 'cores'>): AgentConfig[] {
  const cards = rig.cards.is === 'ok' ? rig.cards.cards : [];
  return [
    ...cards.map(({ uuid }, index) => ({
      name: `gpu-${index + 1}`,
      kind: 'gpu' as const,
      uuid,
    })),
    { name: 'cpu-1', kind: 'cpu', slots: rig.cores },
  ];
}

/** A sentence for people; null when the cards are known. */
export function explainCards(cards: CardList): string | null {
  switch (cards.is) {
    case 'absent':
      return 'no nvidia-smi on the PATH: this host offers its CPU only';
    case 'failed':
      return `nvidia-smi does not work (${cards.problem}): its cards are left out`;
    case 'ok':
      return cards.cards.length > 0
        ? null
        : 'nvidia-smi lists no card: this host offers its CPU only';
  }
}
