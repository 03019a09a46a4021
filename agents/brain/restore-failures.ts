// What could not be loaded lately, as a new brain finds it: in the records of the wishes of the brains before it. Their
// batches are open as long as a failure counts (decide-system.ts). How long ago it was is told by the agent's clock
// alone, from the record to its last heartbeat; what no such clock tells is forgotten.
import type { Clock } from '../process/clock.ts';
import type { AttemptRecord } from '../protocol/attempt.ts';
import type { Heartbeat } from '../protocol/heartbeat.ts';
import { readAttempt } from '../store/attempts.ts';
import { readHeartbeats } from '../store/heartbeats.ts';
import type { Effects } from './effects.ts';
import { metaItemOf, metaVerbOf } from './marks.ts';
import type { MetaItem, MetaVerb } from './memory.ts';
import { placeKey } from './model-memory.ts';
import type { Entry, OpenBatch, World } from './model.ts';
import { systemBatches } from './system-name.ts';
import { failureOf, retryMsOf } from './wish.ts';

interface Wish {
  readonly open: OpenBatch;
  readonly entry: Entry;
  readonly item: MetaItem;
  readonly verb: MetaVerb;
}

type Reads = Pick<Effects, 'store' | 'policy'> & { readonly clock: Pick<Clock, 'monotonicMs'> };

export async function restoreFailures(effects: Reads, { batches, memory }: World): Promise<void> {
  const { store, clock, policy } = effects;
  const failed = [...lastWishes(systemBatches(batches))].filter(([, wish]) => isFailure(wish));
  const files = failed.length === 0 ? [] : await readHeartbeats(store);
  for (const [key, { open, entry, item, verb }] of failed) {
    const { id, plan } = open.batch;
    const read = await readAttempt(store, plan, id, entry.id, entry.counts.attempt);
    const beat = files.find((file) => file.agent === item.agent)?.heartbeat ?? null;
    const ageMs = read.is === 'ok' && beat !== null ? ageOf(read.value, beat) : null;
    const leftMs = ageMs === null ? 0 : retryMsOf(verb, policy) - ageMs;
    if (read.is !== 'ok' || leftMs <= 0) continue;
    memory.failures.set(key, failureOf(open, read.value, clock.monotonicMs() + leftMs));
  }
}

/** Of each model on each agent, the last one that has ended: an agent has one wish at a time, and they are numbered. */
function lastWishes(opens: readonly OpenBatch[]): ReadonlyMap<string, Wish> {
  const last = new Map<string, Wish>();
  for (const wish of opens.flatMap(wishesOf)) {
    if (hasEnded(wish.entry)) last.set(placeKey(wish.item), wish);
  }
  return last;
}

function wishesOf(open: OpenBatch): Wish[] {
  const wishes = [...open.groups.values()].flatMap(({ task, entries = [] }) => {
    const verb = metaVerbOf(task);
    return entries.flatMap((entry): Wish[] => {
      const item = metaItemOf(entry);
      return verb === null || item === null ? [] : [{ open, entry, item, verb }];
    });
  });
  return wishes.toSorted((a, b) => numberOf(a.entry) - numberOf(b.entry));
}

const numberOf = ({ id }: Entry): number => Number(id.slice(id.lastIndexOf('_') + 1));

/** One that was withdrawn before its agent began says nothing. */
const hasEnded = ({ state }: Entry): boolean =>
  state.is === 'complete' || (state.is === 'ended' && state.name.reason !== 'cancelled');

const isFailure = ({ entry, verb }: Wish): boolean =>
  entry.state.is === 'ended' && verb !== 'unload_llm';

/** Null where the two are not of one clock, or the agent was started anew since. */
function ageOf(record: AttemptRecord, beat: Heartbeat): number | null {
  const { incarnation = beat.incarnation } = record;
  if (record.host !== beat.host || incarnation !== beat.incarnation) return null;
  return Math.max(0, Date.parse(beat.at) - Date.parse(record.finished_at));
}
