// decide(world, policy, time) → decisions. No I/O and no clock of its own: the same world gives the
// same list, so a brain that was killed between two decisions just decides again.
import { decideBatch } from './decide-batch.ts';
import { decideClaims } from './decide-claims.ts';
import { decideModels } from './decide-models.ts';
import { decideReleases } from './decide-release.ts';
import type { Decision } from './decisions.ts';
import type { World } from './model.ts';
import type { Policy } from './policy.ts';
import { judge } from './touch.ts';

export interface Now {
  readonly monotonicMs: number;
  /** When the last look at the heartbeats began, if that was earlier: silence is known as of then. */
  readonly heartbeatsMs?: number;
  /** Only for ranks: plain string order of names made later is later. */
  readonly wallMs: number;
}

const SEQUENCES_PER_MS = 64;

export function decide(world: World, policy: Policy, now: Now): Decision[] {
  world.sequence = Math.max(world.sequence, now.wallMs * SEQUENCES_PER_MS);
  for (const open of world.batches.values()) judge(open);
  return [
    ...decideClaims(world, policy, now),
    ...[...world.batches.values()].flatMap((open) =>
      decideBatch(world, open, policy, now.monotonicMs),
    ),
    ...decideModels(world, policy, now.monotonicMs),
    ...decideReleases(world, policy),
  ];
}
