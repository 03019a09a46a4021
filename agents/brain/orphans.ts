// What an earlier brain on this host had begun, and a brain on another host has taken back since: that one could
// not see whether the worker lives, and the task runs elsewhere by now.
import { claimMark } from '../executor/environment.ts';
import { endOrphans } from '../executor/orphans.ts';
import { BRAIN_AGENT } from '../protocol/ids.ts';
import { parseClaim } from '../protocol/lane-name.ts';
import { PROCESSING } from '../protocol/layout.ts';
import { listFresh } from '../store/store.ts';
import type { Effects } from './effects.ts';

export const endOwnOrphans = ({ store, spawner, clock, log }: Effects): Promise<void> =>
  endOrphans({ spawner, clock, log }, BRAIN_AGENT, store.disk.absolute(''), async () => {
    const claims = (await listFresh(store, PROCESSING)).flatMap((file) => parseClaim(file) ?? []);
    return new Set(claims.map(({ batch, task, counts }) => claimMark(batch, task, counts.attempt)));
  });
