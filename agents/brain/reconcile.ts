// What an older brain did with its last moves, after this one had looked: it took a submission or a command
// out of the inbox, and this brain never saw it there. Once in a while the open batches and their commands
// are read again.
import { BATCH_ID } from '../protocol/ids.ts';
import { PRIVATE } from '../protocol/layout.ts';
import { listInbox } from '../store/inbox.ts';
import type { Brain } from './brain.ts';
import { readControl } from './control.ts';
import { loadBatch } from './load.ts';

const RECONCILE_MS = 10_000;

export async function reconcile(brain: Brain): Promise<void> {
  const { effects, world } = brain;
  const { store, clock } = effects;
  const nowMs = clock.monotonicMs();
  if (nowMs - brain.reconciledMs < RECONCILE_MS) return;
  brain.reconciledMs = nowMs;
  const names = ((await store.disk.list(PRIVATE)) ?? []).filter((name) => BATCH_ID.test(name));
  const { batches: waiting } = await listInbox(store);
  for (const id of names.filter((name) => !world.batches.has(name) && !waiting.includes(name))) {
    const open = await loadBatch(effects, id);
    if (open === null) continue;
    effects.log.warn({ batch: id }, 'found an open batch that another brain accepted');
    world.batches.set(id, open);
  }
  for (const open of world.batches.values()) open.control = await readControl(store, open);
}
