// A batch's head line and one line with a bar per heading; shared by status, watch and progress. Pure.
import type { BatchRecord, GroupRecord } from '../records/status.ts';
import { bar } from './bar.ts';
import type { Paint } from './paint.ts';
import { columns, duration, painted } from './text.ts';

export interface GroupLook {
  readonly paint: Paint;
  readonly columns: number;
}

export function batchHead(batch: BatchRecord, paint: Paint): string[] {
  const facts = [painted(batch.state, paint)];
  if (batch.elapsed_ms !== null) facts.push(duration(batch.elapsed_ms));
  if (batch.groups.length > 0) facts.push(renderEta(batch));
  const { goal } = batch;
  if (goal !== null)
    facts.push(`goal ${goal.accepted}/${goal.target} ${goal.tracked_task} accepted`);
  return [`${paint.bold(batch.batch)}  ${facts.join(', ')}`];
}

/** What is not known is said: a lower bound with the headings that nothing is known of. */
export function renderEta({ eta_ms: ms, eta_unknown: unknown }: BatchRecord): string {
  if (ms === null) return 'ETA unknown';
  if (unknown.length === 0) return ms === 0 ? 'about to end' : `ETA ${duration(ms)}`;
  return `ETA ${duration(ms)} + ${unknown.join(', ')}`;
}

export function groupLines(batch: BatchRecord, look: GroupLook): string[] {
  const width = Math.max(10, Math.min(30, look.columns - 60));
  return columns(
    batch.groups.map((group) => [
      group.task,
      bar(barCounts(group), width, look.paint),
      fraction(group),
      describe(group, look.paint),
    ]),
    '  ',
  );
}

const barCounts = (group: GroupRecord) => ({
  total: group.total,
  complete: group.complete,
  failed: group.failed,
  running: group.running,
  dropped: group.skipped + group.cancelled,
});

export const fraction = ({ complete, total }: GroupRecord): string =>
  total === null ? '?' : `${complete}/${total}`;

export function describe(group: GroupRecord, paint: Paint): string {
  const parts: string[] = [];
  const add = (count: number, word: string, colour: (text: string) => string): void => {
    if (count > 0) parts.push(colour(`${count} ${word}`));
  };
  add(group.running, 'running', paint.cyan);
  add(group.queued, 'queued', (text) => text);
  add(group.retrying, 'retrying', paint.yellow);
  add(group.failed, 'failed', paint.red);
  add(group.skipped, 'skipped', paint.dim);
  add(group.cancelled, 'cancelled', paint.dim);
  if (parts.length === 0 && group.result === 'complete') return paint.green('complete');
  if (group.waits_for.length > 0) parts.push(paint.dim(`waits for ${group.waits_for.join(', ')}`));
  else if (group.waiting > 0) parts.push(paint.dim(`${group.waiting} waiting`));
  else if (parts.length === 0)
    parts.push(paint.dim(group.result === 'open' ? 'waiting' : group.result));
  return parts.join(', ');
}
