// The end of a brain that a newer one has replaced. What it moves after that does no harm, but it can
// publish nothing, and what it takes out of the inbox is known to nobody.
import { newestEpoch } from '../store/epoch.ts';
import type { Brain } from './brain.ts';

export class Superseded extends Error {
  override readonly name = 'Superseded';
}

export async function refuseSuperseded({ effects, epoch }: Brain): Promise<void> {
  if ((await newestEpoch(effects.store)) > epoch) throw new Superseded();
}
