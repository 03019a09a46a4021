// What the batches of a shared/ promise: which tasks there must be. Their plan snapshots and the frozen
// children of their templates say it.
import type { Summary } from '../../protocol/batch.ts';
import { BATCH_ID, SUMMARY_TASK } from '../../protocol/ids.ts';
import { INBOX, PRIVATE } from '../../protocol/layout.ts';
import type { Disk } from '../disk.ts';
import { readSummary } from '../picture/batches.ts';
import { readGroupRecords } from '../picture/headings.ts';
import type { Tree } from './tree.ts';

export interface BatchFacts {
  readonly batch: string;
  readonly plan: string;
  /** `plans/<plan>/batches/<batch>` */
  readonly folder: string;
  /** Whether it has private tasks. */
  readonly isOpen: boolean;
  /** Null when nothing is promised: a rejected batch, or one whose plan cannot be read. */
  readonly promised: Promised | null;
  /** Why the plan cannot be read. */
  readonly problem: string | null;
}

export interface Promised {
  readonly plain: readonly string[];
  /** Template → ids of its children; null before it was expanded. */
  readonly children: ReadonlyMap<string, readonly string[] | null>;
  /** With a goal, children that were not needed never get a file. */
  readonly hasGoal: boolean;
}

const BATCH_FOLDER = /^plans\/(.+)\/batches\/([^/]+)$/;
const PLAN_BYTES_MAX = 4_194_304;

export async function readBatches(disk: Disk, tree: Tree): Promise<Map<string, BatchFacts>> {
  const facts = new Map<string, BatchFacts>();
  for (const folder of tree.folders) {
    const [, plan, batch] = BATCH_FOLDER.exec(folder) ?? [];
    if (plan === undefined || batch === undefined || !BATCH_ID.test(batch)) continue;
    const place = { plan, batch, folder, isOpen: tree.folders.has(`${PRIVATE}/${batch}`) };
    const summary = await readSummary(disk, place);
    const isRejected = summary.is === 'ok' && isRejection(summary.value);
    const read = await readPromise(disk, place);
    const promised = 'promised' in read && !isRejected ? read.promised : null;
    const problem = 'problem' in read && !isRejected ? read.problem : null;
    facts.set(batch, { ...place, promised, problem });
  }
  return facts;
}

const isRejection = ({ verdict }: Summary): boolean => verdict === 'rejected';

async function readPromise(
  disk: Disk,
  place: { readonly plan: string; readonly batch: string; readonly folder: string },
): Promise<{ readonly promised: Promised } | { readonly problem: string }> {
  const { parsePlan } = await import('../../protocol/plan/parse.ts');
  const text = await disk.read(`${place.folder}/plan.md`, PLAN_BYTES_MAX).catch(() => null);
  if (text === null) return { problem: 'it has no plan.md that can be read' };
  let plan;
  try {
    plan = parsePlan(text, 'plan.md');
  } catch (error) {
    return { problem: `its plan.md is refused: ${(error as Error).message.split('\n')[0]}` };
  }
  const records = await readGroupRecords(disk, place);
  const childrenOf = (template: string): readonly string[] | null =>
    records.find((one) => one.template === template)?.children.map(({ id }) => id) ?? null;
  const templates = plan.tasks.filter(({ foreach }) => foreach !== undefined);
  const children = new Map(templates.map(({ name }) => [name, childrenOf(name)]));
  const plain = [...plan.tasks.map(({ name }) => name), SUMMARY_TASK];
  return { promised: { plain, children, hasGoal: plan.goal !== undefined } };
}

/** Batches that are on their way: their private tasks are made while they still lie in the inbox. */
export const isSubmitted = (tree: Tree, batch: string): boolean =>
  tree.folders.has(`${INBOX}/${batch}`);
