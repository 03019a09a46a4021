// The end of a brain that a newer one has replaced. What it moves after that does no harm, but it can
// publish nothing, and what it takes out of the inbox is known to nobody.
import { newestEpoch } from '../store/epoch.ts';
import type { Brain } from './brain.ts';

export class Superseded extends Error {
  override readonly name = 'Superseded';
}

/** A look that is younger than this is as good as another one. */
const LOOK_MS_MAX = 50;

export async function refuseSuperseded(brain: Brain): Promise<void> {
  const { effects, epoch } = brain;
  const nowMs = effects.clock.monotonicMs();
  if (nowMs - brain.epochSeenMs < LOOK_MS_MAX) return;
  if ((await newestEpoch(effects.store)) > epoch) throw new Superseded();
  // As old as its beginning: this process may have been stopped in between.
  brain.epochSeenMs = nowMs;
}
