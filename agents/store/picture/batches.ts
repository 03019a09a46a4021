// Finds batches in the tree: plans lie one or two folders deep, and a batch id begins with the last
// part of its plan's name, so one batch is found without reading anything.
import { BATCH_ID, PLAN_NAME, SYSTEM_PLAN } from '../../protocol/ids.ts';
import { batchPath, PLANS } from '../../protocol/layout.ts';
import { summarySchema } from '../../protocol/batch.ts';
import type { Summary } from '../../protocol/batch.ts';
import type { Disk } from '../disk.ts';
import { readRecord } from '../records.ts';
import type { Read } from '../records.ts';

export interface BatchPlace {
  readonly batch: string;
  readonly plan: string;
}

export const summaryPath = ({ plan, batch }: BatchPlace): string =>
  `${batchPath(plan, batch)}/RUN_SUMMARY.json`;

/** Files may be larger than other records: up to `brain.summaryProblemsMax` problems with messages. */
const SUMMARY_BYTES_MAX = 67_108_864;

export const readSummary = (disk: Disk, place: BatchPlace): Promise<Read<Summary>> =>
  readRecord(disk, summaryPath(place), summarySchema, SUMMARY_BYTES_MAX);

/** Names of all plans, sorted: folders that hold a plan.md, or batches of one that is gone or the brain's. */
export async function listPlans(disk: Disk): Promise<string[]> {
  const plans: string[] = [];
  for (const outer of await listNames(disk, PLANS)) {
    const inside = (await disk.list(`${PLANS}/${outer}`)) ?? [];
    if (isPlan(inside)) {
      plans.push(outer);
      continue;
    }
    for (const inner of inside) {
      const name = `${outer}/${inner}`;
      if (!PLAN_NAME.test(name)) continue;
      if (isPlan((await disk.list(`${PLANS}/${name}`)) ?? [])) plans.push(name);
    }
  }
  return plans;
}

const isPlan = (names: readonly string[]): boolean =>
  names.includes('plan.md') || names.includes('batches');

async function listNames(disk: Disk, path: string): Promise<string[]> {
  return ((await disk.list(path)) ?? []).filter((name) => PLAN_NAME.test(name)).toSorted();
}

/** What a batch id starts with. */
export const planPartOf = (batch: string): string =>
  batch.slice(0, -'-YYYYMMDD-HHMMSS-xxxxx'.length);

/** Null when no plan has such a batch. */
export async function findBatch(disk: Disk, batch: string): Promise<BatchPlace | null> {
  if (!BATCH_ID.test(batch)) return null;
  const part = planPartOf(batch);
  const outers = await listNames(disk, PLANS);
  for (const plan of [part, ...outers.map((outer) => `${outer}/${part}`)]) {
    if ((await disk.stat(batchPath(plan, batch))) !== null) return { batch, plan };
  }
  return null;
}

/** The time in a batch id: ids of different plans sort by it. */
const timeOf = (batch: string): string => batch.slice(-'YYYYMMDD-HHMMSS-xxxxx'.length);

export const byAge = (one: BatchPlace, other: BatchPlace): number =>
  timeOf(one.batch) < timeOf(other.batch) ? -1 : 1;

/** Every batch that was ever accepted and not archived, the oldest first. */
export async function listBatches(disk: Disk): Promise<BatchPlace[]> {
  const places: BatchPlace[] = [];
  for (const plan of await listPlans(disk)) {
    const names = (await disk.list(`${PLANS}/${plan}/batches`)) ?? [];
    for (const batch of names) if (BATCH_ID.test(batch)) places.push({ batch, plan });
  }
  return places.toSorted(byAge);
}

/** The newest `countMax` closed batches, the newest first. */
export async function readClosed(disk: Disk, countMax: number): Promise<Summary[]> {
  const closed: Summary[] = [];
  for (const place of (await listBatches(disk)).toReversed()) {
    if (closed.length >= countMax) break;
    if (place.plan === SYSTEM_PLAN) continue;
    const read = await readSummary(disk, place);
    if (read.is === 'ok') closed.push(read.value);
  }
  return closed;
}
