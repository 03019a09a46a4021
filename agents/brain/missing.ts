// Tasks that are in no lane where they were looked for, and claims of the brain's own that nobody runs.
import { BRAIN_AGENT } from '../protocol/ids.ts';
import type { Brain } from './brain.ts';
import type { Look } from './look.ts';
import { taskKey } from './model.ts';
import { search } from './search.ts';
import { fileOf } from './task-files.ts';

/** How long a task may stay away before all lanes are listed for it. */
const SEARCH_MS = 3000;

export async function searchMissing(brain: Brain, missing: Look['missing']): Promise<void> {
  const { effects, missedMs } = brain;
  const nowMs = effects.clock.monotonicMs();
  const keys = new Set<string>();
  for (const { open, located } of missing) {
    const { state } = located.entry;
    if (state.is === 'claimed' && effects.own.holds(state.name)) continue;
    const key = taskKey(open.batch.id, located.entry.id);
    keys.add(key);
    const sinceMs = missedMs.get(key) ?? nowMs;
    missedMs.set(key, sinceMs);
    if (nowMs - sinceMs < SEARCH_MS) continue;
    await search(effects, open, located);
    missedMs.set(key, nowMs);
  }
  for (const key of missedMs.keys()) if (!keys.has(key)) missedMs.delete(key);
}

/** A `begin` that reported a failure, or a task whose end could not be seen to: as after a restart. */
export function adoptStrays({ effects, world, missedMs }: Brain): void {
  for (const open of world.batches.values()) {
    for (const { group, entry } of open.outstanding.values()) {
      const { state } = entry;
      if (state.is !== 'claimed' || state.name.agent !== BRAIN_AGENT) continue;
      const isMissing = missedMs.has(taskKey(open.batch.id, entry.id));
      if (isMissing || effects.own.holds(state.name)) continue;
      effects.own.adopt(open, fileOf(open, group, entry), state.name);
    }
  }
}
