// The bar of a task group: what is done, what runs, what is left. Pure.
import type { Paint } from './paint.ts';

export interface BarCounts {
  readonly total: number | null;
  readonly complete: number;
  readonly failed: number;
  readonly running: number;
  /** Skipped and cancelled. */
  readonly dropped: number;
}

/**
 * Cells per part, rounded so that a part that is not zero shows, and that what is not done yet is not
 * hidden: parts that make up less than the whole never fill the bar.
 */
function cellsOf(parts: readonly number[], total: number, width: number): number[] {
  if (total === 0) return parts.map(() => 0);
  const isWhole = parts.reduce((sum, part) => sum + part, 0) >= total;
  const room = isWhole ? width : width - 1;
  const cells: number[] = [];
  let before = 0;
  let used = 0;
  for (const [index, part] of parts.entries()) {
    before += part;
    const end = Math.min(room, Math.round((before * width) / total));
    // Leaves a cell for every later part that is not zero.
    const later = parts.slice(index + 1).filter((one) => one > 0).length;
    const most = Math.max(0, room - used - later);
    const own = part === 0 ? 0 : Math.min(most, Math.max(1, end - used));
    cells.push(own);
    used += own;
  }
  return cells;
}

export function bar(counts: BarCounts, width: number, paint: Paint): string {
  const { total, complete, failed, running, dropped } = counts;
  const [done, bad, gone, busy] = cellsOf([complete, failed, dropped, running], total ?? 0, width);
  const left = width - done! - bad! - gone! - busy!;
  return [
    paint.green('█'.repeat(done!)),
    paint.red('▓'.repeat(bad!)),
    paint.dim('▒'.repeat(gone!)),
    paint.cyan('▌'.repeat(busy!)),
    paint.dim('·'.repeat(Math.max(0, left))),
  ].join('');
}
