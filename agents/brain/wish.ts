// Carries a wish out: its task is added to the batch of this brain's wishes, where the next turn releases it.
import { groupRecordPath } from '../protocol/layout.ts';
import { encode } from '../store/records.ts';
import { publish } from '../store/store.ts';
import { noteMetaEnd } from './model-memory.ts';
import { utc } from '../process/clock.ts';
import type { AttemptRecord } from '../protocol/attempt.ts';
import { formatBatchId, SYSTEM_PLAN } from '../protocol/ids.ts';
import { writeDown } from './brain.ts';
import type { Brain } from './brain.ts';
import type { Decision } from './decisions.ts';
import { metaItemOf, metaVerbOf } from './marks.ts';
import type { Failure, MetaItem, MetaVerb } from './memory.ts';
import type { Located, OpenBatch, World } from './model.ts';
import type { Policy } from './policy.ts';
import { addEntry } from './progress.ts';
import { createSystem } from './system-batch.ts';
import { isSystem } from './system-name.ts';
import { groupRecordOf } from './task-files.ts';

type Wish = Extract<Decision, { is: 'wish' }>;

/** Answers whether anything changed. */
export async function makeWish(brain: Brain, wish: Wish): Promise<boolean> {
  const open = await systemOf(brain);
  const { task, model, agent } = wish;
  const item: MetaItem = {
    model,
    agent,
    ...(wish.for === undefined ? {} : { for: wish.for }),
    ...(wish.partners === undefined ? {} : { partners: wish.partners }),
  };
  return addChild(brain, open, wish.verb, { id: task, items: [item] });
}

/** A thought is a wish of another kind. */
export async function makeThought(
  brain: Brain,
  { verb, task, about }: Extract<Decision, { is: 'think' }>,
): Promise<boolean> {
  return addChild(brain, await systemOf(brain), verb, { id: task, items: [about] });
}

async function addChild(
  brain: Brain,
  open: OpenBatch,
  verb: string,
  child: { readonly id: string; readonly items: readonly unknown[] },
): Promise<boolean> {
  if (open.byTask.has(child.id)) return false;
  const group = open.groups.get(verb)!;
  const earlier = (group.entries ?? []).map(({ id, items }) => ({ id, items: [...items!] }));
  // The children of this group are what its record says, as after every expansion: none is released before.
  const record = groupRecordOf(open, group.name, [
    ...earlier,
    { id: child.id, items: [...child.items] },
  ]);
  await publish(brain.effects.store, groupRecordPath(open.batch.id, group.name), encode(record));
  addEntry(open, group, child);
  return true;
}

/** A batch with as many wishes is followed by another one, so that none grows for ever. */
const WISHES_MAX = 500;

/** The epoch is unique among all brains, and so is the name of the batch. */
async function systemOf(brain: Brain): Promise<OpenBatch> {
  const { world, effects, epoch } = brain;
  const known = world.system === null ? undefined : world.batches.get(world.system);
  const count = [...(known?.groups.values() ?? [])].reduce(
    (sum, { entries }) => sum + (entries?.length ?? 0),
    0,
  );
  if (known !== undefined && count < WISHES_MAX) return known;
  const tag = epoch.toString(36).padStart(5, '0').slice(-5);
  const id = formatBatchId(SYSTEM_PLAN, effects.clock.wall(), tag);
  const message = `accept ${id}: the wishes of this brain`;
  const details = { batch: id, plan: SYSTEM_PLAN };
  const timestamp = utc(effects.clock);
  await writeDown(brain, [[null, { timestamp, type: 'accept', message, details }]]);
  const open = await createSystem(effects, id);
  world.batches.set(open.batch.id, open);
  world.system = open.batch.id;
  return open;
}

/** For how long a card, or a group of cards, is not asked again for what it could not load. */
export const retryMsOf = (verb: MetaVerb, { config: { modelPolicy } }: Policy): number =>
  verb === 'load_split' ? modelPolicy.groupRetryMs : modelPolicy.loadRetryMs;

export const failureOf = (
  { batch }: Pick<OpenBatch, 'batch'>,
  { message, incarnation }: AttemptRecord,
  untilMs: number,
): Failure => ({ untilMs, message, batch: batch.id, incarnation: incarnation ?? null });

/** What the end of a wish says about its card, or its group of cards. */
export function noteWishEnd(
  world: World,
  open: OpenBatch,
  { group, entry }: Located,
  record: AttemptRecord,
  policy: Policy,
  nowMs: number,
): void {
  const item = metaItemOf(entry);
  const verb = metaVerbOf(group.task);
  if (!isSystem(open) || item === null || verb === null) return;
  if (entry.state.is === 'retrying') return;
  const untilMs = nowMs + retryMsOf(verb, policy);
  const failure = entry.state.is === 'complete' ? null : failureOf(open, record, untilMs);
  noteMetaEnd(world, item, verb, failure);
}
