// What a seed plays with: which kinds of faults, for how long, and at which pace. Many short runs that
// differ see more than few long ones that are alike.
import { configSchema } from '../../agents/protocol/config.ts';
import type { Config } from '../../agents/protocol/config.ts';
import { openDice } from './dice.ts';
import type { Dice } from './dice.ts';
import type { FaultKind } from './faults.ts';
import { hasThoughts } from './thoughts.ts';

/** Mostly two to four of the kinds that are allowed, sometimes one, sometimes all of them together. */
export function kindsOf(seed: number, allowed: readonly FaultKind[]): readonly FaultKind[] {
  const dice = openDice(seed, 'kinds');
  const count = dice.pick([1, 2, 2, 3, 3, 4, 4, 6, allowed.length]);
  if (count >= allowed.length) return allowed;
  const left = [...allowed];
  const picked = new Set<FaultKind>();
  while (picked.size < count) picked.add(left.splice(dice.between(0, left.length - 1), 1)[0]!);
  return allowed.filter((kind) => picked.has(kind));
}

export interface Scenario {
  readonly config: Config;
  /** How long things go wrong. */
  readonly untilMs: number;
  /** How long the look of a host may be behind, in milliseconds. */
  readonly lookupDelayMs: number;
  /** When everything should have ended long ago. */
  readonly deadlineMs: number;
}

/** A card holds one of the two. */
const MODEL = { backend: 'llama-server', source: 'model.gguf', vramMib: 4000, slots: 2 };

export function inventScenario(seed: number, kinds: readonly FaultKind[]): Scenario {
  const dice = openDice(seed, 'scenario');
  const wait = openDice(seed, 'models');
  const visibilityDelayMs = kinds.includes('stale') ? delayOf(dice) : 0;
  const isSlow = visibilityDelayMs > 10_000;
  const heartbeatIntervalMs = isSlow ? 8000 : dice.pick([800, 1500, 3000]);
  const pollIntervalMs = isSlow ? 4000 : dice.pick([500, 1000, 2500]);
  const leaseMs = 3 * (heartbeatIntervalMs + visibilityDelayMs) + dice.between(0, 3000);
  const config = configSchema.parse({
    durability: kinds.includes('power') || dice.chance(0.1) ? 'full' : 'process',
    brain: {
      pollIntervalMs,
      stateIntervalMs: 5000,
      manifestWaitMs: 4000 + 2 * visibilityDelayMs,
      releaseWindowMin: 3,
      acceptStepsMax: openDice(seed, 'accept').pick([1, 2, 8]),
      diagnoseWaitMs: 5000,
    },
    agent: {
      visibilityDelayMs,
      heartbeatIntervalMs,
      pollIntervalMs,
      internalIntervalMs: 2 * pollIntervalMs,
      leaseMs,
      avoidMs: 1000,
      abortGraceMs: 500,
    },
    models: { one: MODEL, two: MODEL },
    roles: hasThoughts(seed) ? { brain: { model: 'one' } } : {},
    modelPolicy: {
      maxWaitMs: wait.pick([1000, 5000]),
      residencyMsMin: 300,
      idleUnloadMs: wait.pick([0, 3000]),
      // More than the dice can use up: no task may end for want of a model.
      loadTriesMax: 1000,
    },
    retry: { losses: 1000, backoffMs: 100, backoffMsMax: 1500, notNowBackoffMs: 200 },
  });
  const untilMs = isSlow ? 60_000 : dice.pick([2000, 4000, 8000, 8000, 16_000]);
  return {
    config,
    untilMs,
    lookupDelayMs: visibilityDelayMs,
    // Every rating takes its turn at the model.
    deadlineMs: untilMs + (hasThoughts(seed) ? 240_000 : 60_000) + 12 * leaseMs,
  };
}

/** The caches of NFS hold a name for up to a minute by default. */
const delayOf = (dice: Dice): number =>
  dice.chance(0.12) ? dice.between(20_000, 60_000) : dice.between(300, 4000);
