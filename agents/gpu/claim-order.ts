// Which classes an agent takes, in which order. A hot card (a model is loaded) serves llm tasks first and
// takes no scripts: they would need the memory that the model holds.
import type { TaskClass } from '../protocol/words.ts';

export const AGENT_CLASSES = [
  'meta',
  'script',
  'cpu',
  'llm',
] as const satisfies readonly TaskClass[];

const ORDER = {
  hot: ['meta', 'llm', 'cpu'],
  cold: ['meta', 'script', 'cpu', 'llm'],
  constrained: ['meta', 'cpu'],
  cardless: ['meta', 'cpu'],
  serving: ['meta', 'llm', 'cpu'],
} as const satisfies Record<string, readonly TaskClass[]>;

export type ClaimMode = keyof typeof ORDER;

export interface ModeView {
  readonly hasCard: boolean;
  readonly isHot: boolean;
  /** Why the card is to be spared; empty when it is not. */
  readonly constrained: readonly string[];
  /** Whether there are models for it although it has no card. */
  readonly isServing?: boolean;
}

export function claimMode(view: ModeView): ClaimMode {
  if (!view.hasCard) return view.isServing === true ? 'serving' : 'cardless';
  if (view.constrained.length > 0) return 'constrained';
  return view.isHot ? 'hot' : 'cold';
}

export const claimOrder = (mode: ClaimMode): readonly TaskClass[] => ORDER[mode];

/** Every class that this agent can run at some time, those it takes now first. */
export function claimableClasses(mode: ClaimMode): TaskClass[] {
  const now = claimOrder(mode);
  const later =
    mode === 'cardless' || mode === 'serving'
      ? []
      : AGENT_CLASSES.filter((name) => !now.includes(name));
  return [...now, ...later];
}

/** Why a class outside the order waits. */
export function whyNotNow(mode: ClaimMode, constrained: readonly string[]): string {
  if (mode === 'cardless' || mode === 'serving') return 'this agent has no card';
  if (mode === 'constrained') return `constrained: ${constrained.join('; ')}`;
  return 'a model is loaded: scripts wait until it is unloaded';
}
