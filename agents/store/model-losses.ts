// The losses of an agent's model servers: written by the agent, read when it starts again.
import { lossesPath, lossesSchema } from '../protocol/model-losses.ts';
import type { Loss } from '../protocol/model-losses.ts';
import type { AgentPlace } from './model-servers.ts';
import { encodePretty, readRecord } from './records.ts';
import { publishVolatile } from './store.ts';
import type { Store } from './store.ts';

/** A damaged file counts as none: then a few more resets are tried. */
export async function readLosses({ disk }: Store, { kind, name }: AgentPlace): Promise<Loss[]> {
  const read = await readRecord(disk, lossesPath(kind, name), lossesSchema);
  return read.is === 'ok' ? read.value.losses : [];
}

export const writeLosses = (
  store: Store,
  { kind, name }: AgentPlace,
  losses: readonly Loss[],
): Promise<void> =>
  publishVolatile(store, lossesPath(kind, name), encodePretty({ v: 1, losses: [...losses] }));
