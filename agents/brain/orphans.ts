// What an earlier brain on this host had begun, and a brain on another host has taken back since: that one could
// not see whether the worker lives, and the task runs elsewhere by now.
import { claimMark } from '../executor/environment.ts';
import { endOrphans } from '../executor/orphans.ts';
import { BRAIN_AGENT } from '../protocol/ids.ts';
import { parseClaim } from '../protocol/lane-name.ts';
import type { ClaimName } from '../protocol/lane-name.ts';
import { PROCESSING } from '../protocol/layout.ts';
import { listFresh } from '../store/store.ts';
import type { Effects } from './effects.ts';
import type { World } from './model.ts';

/** Once every batch is loaded: the model knows which of several files of a task is the task. */
export const endOwnOrphans = (
  { store, spawner, clock, log }: Effects,
  world: World,
): Promise<void> =>
  endOrphans({ spawner, clock, log }, BRAIN_AGENT, store.disk.absolute(''), async () => {
    const claims = (await listFresh(store, PROCESSING)).flatMap((file) => parseClaim(file) ?? []);
    const held = claims.filter((claim) => isHeld(world, claim));
    return new Set(held.map(({ batch, task, counts }) => claimMark(batch, task, counts.attempt)));
  });

/** A batch that could not be loaded keeps what it has. */
function isHeld({ batches }: World, { batch, task, counts }: ClaimName): boolean {
  const open = batches.get(batch);
  if (open === undefined) return true;
  const state = open.byTask.get(task)?.entry.state;
  return state?.is === 'claimed' && state.name.counts.attempt === counts.attempt;
}
