// Reopening a closed batch for a retry: its private directory comes back from the archive in one
// rename, the summary waits again, and the old verdict is kept under another name.
import { BATCH_ID, SUMMARY_TASK } from '../protocol/ids.ts';
import { NO_COUNTS } from '../protocol/lane-name.ts';
import { archivedPrivatePath, batchPath, PLANS, privatePath } from '../protocol/layout.ts';
import * as lanes from '../store/lanes.ts';
import { move } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import type { Effects } from './effects.ts';
import { loadBatch } from './load.ts';
import type { OpenBatch } from './model.ts';

/** The plan of a closed batch. Plans lie in `plans/`, or one folder deeper. */
export async function findClosed(store: Store, batch: string): Promise<string | null> {
  if (!BATCH_ID.test(batch)) return null;
  const { disk } = store;
  for (const name of (await disk.list(PLANS)) ?? []) {
    const nested = (await disk.stat(`${PLANS}/${name}/plan.md`)) === null;
    const plans = nested
      ? ((await disk.list(`${PLANS}/${name}`)) ?? []).map((n) => `${name}/${n}`)
      : [name];
    for (const plan of plans) {
      if ((await disk.stat(archivedPrivatePath(plan, batch))) !== null) return plan;
    }
  }
  return null;
}

/** Each step is harmless to repeat; the batch counts as open from the first one on. */
export async function reopen(
  effects: Effects,
  plan: string,
  batch: string,
  commandId: string,
): Promise<OpenBatch | null> {
  const { store } = effects;
  const base = batchPath(plan, batch);
  await move(store, archivedPrivatePath(plan, batch), privatePath(batch));
  const summary = { batch, task: SUMMARY_TASK, counts: NO_COUNTS };
  await lanes.revive(store, summary, 'complete', NO_COUNTS);
  await move(store, `${base}/RUN_SUMMARY.json`, `${base}/RUN_SUMMARY.before-${commandId}.json`);
  return loadBatch(effects, batch);
}
