// Which batches are the brain's own. Pure.
import { SYSTEM_PLAN } from '../protocol/ids.ts';
import type { OpenBatch } from './model.ts';

export const isSystem = ({ batch }: Pick<OpenBatch, 'batch'>): boolean =>
  batch.plan === SYSTEM_PLAN;

export const systemBatches = (batches: ReadonlyMap<string, OpenBatch>): OpenBatch[] =>
  [...batches.values()].filter(isSystem);
