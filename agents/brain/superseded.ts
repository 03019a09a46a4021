// The end of a brain that a newer one has replaced. What it moves after that does no harm, but it can
// publish nothing, and what it takes out of the inbox is known to nobody.
import { newestEpoch, readNewestHolder } from '../store/epoch.ts';
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

const WAIT_MS = 50;

/**
 * A newer brain on this host adopts what runs here. One on another host can not, and takes the claims back:
 * then nothing of it may go on.
 */
export async function makeWay({ effects }: Brain): Promise<void> {
  const { own, store, clock, host } = effects;
  if (own.running === 0) return;
  const holder = await readNewestHolder(store).catch(() => null);
  if (holder === null || holder.host === host) return;
  own.endAll();
  while (own.running > 0) await clock.sleep(WAIT_MS);
}
