// When a batch will end: what is left of each heading times the mean of its finished siblings, shared
// by as many tasks as run at the moment. Pure.
import type { BatchPicture, GroupPicture } from '../../agents/store/picture/model.ts';

export interface Eta {
  /** Null: nothing that is left has a finished sibling. */
  readonly ms: number | null;
  /** Headings whose time is not known yet: the batch takes at least `ms`. */
  readonly unknown: readonly string[];
}

const leftOf = ({ counts }: GroupPicture): number =>
  counts.waiting + counts.queued + counts.running + counts.retrying;

export function etaOf(batch: Pick<BatchPicture, 'groups'>): Eta {
  const open = batch.groups.filter(({ result }) => result === 'open');
  const running = open.reduce((sum, { counts }) => sum + counts.running, 0);
  let ms = 0;
  const unknown: string[] = [];
  for (const group of open) {
    const left = leftOf(group);
    if (group.total === null || (left > 0 && group.durationMsMean === null))
      unknown.push(group.task);
    // A group that is alone cannot use more than its own tasks at once.
    else ms += (left * (group.durationMsMean ?? 0)) / Math.max(1, Math.min(running, left));
  }
  return { ms: unknown.length > 0 && ms === 0 ? null : ms, unknown };
}
