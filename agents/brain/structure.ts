// Decisions about headings and batches rather than single tasks: expand, close, fix, summarise.
import { expandItems, parseForeach } from '../protocol/plan/foreach.ts';
import { inferDefinition } from '../protocol/plan/infer.ts';
import { renderText } from '../protocol/plan/variables.ts';
import { Fault, renderFault } from '../protocol/fault.ts';
import { SUMMARY_TASK } from '../protocol/ids.ts';
import { formatFailed, NO_COUNTS } from '../protocol/lane-name.ts';
import {
  archivedPrivatePath,
  batchPath,
  failedPath,
  groupRecordPath,
  planPath,
  privatePath,
} from '../protocol/layout.ts';
import type { GroupRecord } from '../protocol/task.ts';
import { errnoOf } from '../protocol/errno.ts';
import * as lanes from '../store/lanes.ts';
import { encode, encodePretty } from '../store/records.ts';
import { move, publish } from '../store/store.ts';
import type { Effects } from './effects.ts';
import type { Decision } from './decisions.ts';
import { writeDefinitionRecord } from './definition-record.ts';
import type { Group, OpenBatch } from './model.ts';
import { addEntries } from './progress.ts';
import { touch } from './touch.ts';
import { collectSummary } from './collect-summary.ts';
import type { Diagnoses } from './collect-summary.ts';
import { renderSummary } from './summary.ts';
import { groupRecordOf, taskOf } from './task-files.ts';

type StructureDecision = Extract<Decision, { is: 'expand' | 'close' | 'fix' | 'summarise' }>;

/** Answers whether the batch is over, and `waiting` when nothing changed yet. */
export async function applyToBatch(
  effects: Effects,
  open: OpenBatch,
  decision: StructureDecision,
): Promise<'open' | 'closed' | 'waiting'> {
  if (decision.is === 'summarise') {
    await summarise(effects, open, decision.diagnoses);
    return 'closed';
  }
  const group = open.groups.get(decision.task);
  if (group === undefined) return 'open';
  if (decision.is === 'expand') return expand(effects, open, group);
  if (decision.is === 'fix') await fix(effects, open, group, decision.reason);
  else await close(effects, open, group, decision);
  return 'open';
}

const restOf = (open: OpenBatch, group: Group) => ({
  batch: open.batch.id,
  task: group.name,
  counts: NO_COUNTS,
});

async function expand(
  effects: Effects,
  open: OpenBatch,
  group: Group,
): Promise<'open' | 'waiting'> {
  const { store, clock, policy } = effects;
  const found = await findChildren(effects, open, group);
  if ('notYet' in found) {
    const nowMs = clock.monotonicMs();
    group.missingSinceMs ??= nowMs;
    const { brain, agent } = policy.config;
    const patienceMs = brain.manifestWaitMs + agent.visibilityDelayMs;
    if (nowMs - group.missingSinceMs < patienceMs) return 'waiting';
    return refuse(open, group, found.notYet);
  }
  if ('problem' in found) return refuse(open, group, found.problem);
  const record = groupRecordOf(open, group.name, found);
  await publish(store, groupRecordPath(open.batch.id, group.name), encode(record));
  addEntries(open, group, found);
  return 'open';
}

/** The same items give the same children. Answers whether their manifest could be read. */
export async function writeGroupAnew(
  effects: Effects,
  open: OpenBatch,
  group: Group,
): Promise<boolean> {
  const [parent] = group.itemDeps;
  if (parent !== undefined && open.groups.get(parent)!.entries === undefined) return false;
  const found = await findChildren(effects, open, group);
  if ('notYet' in found || 'problem' in found) return false;
  const record = groupRecordOf(open, group.name, found);
  await publish(effects.store, groupRecordPath(open.batch.id, group.name), encode(record));
  addEntries(open, group, found);
  return true;
}

/** `notYet`: it cannot be read at this moment, which is final only when it lasts. */
type Children =
  GroupRecord['children'] | { readonly notYet: string } | { readonly problem: string };

/** What another look will not change: its size, or that it is no file. */
const LASTING: ReadonlySet<string | undefined> = new Set([
  'EFBIG',
  'ELOOP',
  'EISDIR',
  'ENAMETOOLONG',
]);

async function findChildren(effects: Effects, open: OpenBatch, group: Group): Promise<Children> {
  const [parent] = group.itemDeps;
  if (parent !== undefined) {
    // The same items as the group it follows item by item, whatever the manifest says by now.
    return open.groups.get(parent)!.entries!.map((entry) => ({
      id: `${group.name}${entry.id.slice(parent.length)}`,
      items: [...(entry.items ?? [])],
    }));
  }
  const { disk } = effects.store;
  const { brain, task } = effects.policy.config;
  const source = parseForeach(group.task.foreach!)!;
  try {
    const path = manifestPath(open, source.path);
    const text = await disk.read(path, brain.manifestBytesMax);
    if (text === null) {
      const notYet = `The manifest ${group.task.foreach} is not there, although everything before ${group.name} is complete.`;
      return { notYet };
    }
    const limits = { childrenMax: task.childrenMax, taken: open.byTask };
    const size = group.task.batch_size ?? 1;
    const result = expandItems(group.name, text, source, size, limits, path);
    if (result.kind === 'error') return { problem: renderFault(result.fault) };
    return result.kind === 'empty'
      ? []
      : result.children.map(({ id, items }) => ({ id, items: [...items] }));
  } catch (error) {
    if (error instanceof Fault) return { problem: renderFault(error) };
    const problem = `The manifest ${source.path} cannot be read: ${(error as Error).message}`;
    return LASTING.has(errnoOf(error)) ? { problem } : { notYet: problem };
  }
}

/** Relative to `shared/`: the brain may run on another host than the task that wrote the manifest. */
function manifestPath(open: OpenBatch, written: string): string {
  const base = batchPath(open.batch.plan, open.batch.id);
  const values = {
    ...open.inputs,
    BATCH_ID: open.batch.id,
    BATCH_PATH: base,
    PLAN_PATH: planPath(open.batch.plan),
  };
  const path = renderText(written, { values });
  if (!path.startsWith('/')) return path;
  throw new Fault('MANIFEST_OUTSIDE', { path });
}

/** The next turn decides to close it, with this reason in the log. */
function refuse(open: OpenBatch, group: Group, problem: string): 'open' {
  group.problem = problem;
  touch(open, group);
  return 'open';
}

async function close(
  effects: Effects,
  open: OpenBatch,
  group: Group,
  { as, reason }: Extract<Decision, { is: 'close' }>,
): Promise<void> {
  const at = restOf(open, group);
  if (as === null) await lanes.close(effects.store, at);
  else {
    if (as === 'definition') await writeDefinitionRecord(effects, open, group, reason);
    await lanes.settlePrivate(effects.store, at, as);
  }
  group.template = 'closed';
  group.templateReason = as;
  if (group.entries === undefined) addEntries(open, group, []);
  touch(open, group);
}

/**
 * The task fails with its definition error, is corrected there by replacing the file in one step, and
 * re-enters privately. A crash in between leaves it in failed/, where the next start finds it.
 */
async function fix(effects: Effects, open: OpenBatch, group: Group, reason: string): Promise<void> {
  const { store } = effects;
  const inferred = inferDefinition(group.task);
  if (inferred === null) return;
  const at = restOf(open, group);
  await writeDefinitionRecord(effects, open, group, 'It has no task_class.');
  await lanes.settlePrivate(store, at, 'definition');
  const corrected = { ...group.task, task_class: inferred.task_class };
  const name = formatFailed({ task: group.name, counts: NO_COUNTS, reason: 'definition' });
  const text = encode(taskOf(open.batch, corrected, [reason]));
  await publish(store, `${failedPath(open.batch.id)}/${name}`, text);
  await lanes.revive(store, at, 'definition', NO_COUNTS);
  correct(group, inferred.task_class, reason);
  touch(open, group);
}

export function correct(
  group: Group,
  taskClass: NonNullable<Group['task']['task_class']>,
  fixed: string,
): void {
  group.task = { ...group.task, task_class: taskClass };
  group.fixes = [fixed];
}

async function summarise(effects: Effects, open: OpenBatch, why?: Diagnoses): Promise<void> {
  const { store } = effects;
  const { id, plan } = open.batch;
  const base = batchPath(plan, id);
  const summary = await collectSummary(effects, open, why);
  await publish(store, `${base}/RUN_SUMMARY.md`, renderSummary(summary));
  await publish(store, `${base}/RUN_SUMMARY.json`, encodePretty(summary));
  await lanes.close(store, { batch: id, task: SUMMARY_TASK, counts: NO_COUNTS });
  await move(store, privatePath(id), archivedPrivatePath(plan, id));
}
