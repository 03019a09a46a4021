// Follows one batch to its end: a bar per heading on a terminal, a line per change elsewhere, and the
// summary at the end. `submit --wait`, `wait` and `play` are this function.
import { realClock } from '../../agents/process/clock.ts';
import type { Summary } from '../../agents/protocol/batch.ts';
import { EXIT } from '../../agents/process/shutdown.ts';
import { findBatch, readSummary } from '../../agents/store/picture/batches.ts';
import type { Context } from '../context.ts';
import { openLooker } from '../look/look.ts';
import type { Output } from '../output.ts';
import { shownPath } from '../look/paths.ts';
import type { BatchRecord, StatusRecord } from '../records/status.ts';
import { changes } from '../render/changes.ts';
import { renderBatch } from '../render/status.ts';
import { renderSummary } from '../render/summary.ts';
import { openScreen } from './screen.ts';

export interface ProgressOptions {
  /** Ends the waiting; the batch goes on. */
  readonly signal: AbortSignal;
}

/** Null when the signal came first. Prints to standard output; nothing else may meanwhile. */
export async function progress(
  context: Context,
  batch: string,
  { signal }: ProgressOptions,
): Promise<Summary | null> {
  const shared = await context.open('read');
  const { disk } = shared.store;
  const looker = openLooker(shared);
  const view = openView(context.output);
  try {
    while (!signal.aborted) {
      const startMs = realClock.monotonicMs();
      const { status } = await looker.look({ wait: false, closedMax: 0 });
      const record = status.batches.find((one) => one.batch === batch);
      if (record !== undefined) view.show(record, status);
      const place = await findBatch(disk, batch);
      const read = place === null ? null : await readSummary(disk, place);
      if (read?.is === 'ok' && record === undefined) {
        view.clear();
        const shown = (path: string): string => shownPath(disk.absolute(path));
        const look = { paint: context.output.paint, shown };
        for (const line of renderSummary(read.value, look)) context.output.line(line);
        return read.value;
      }
      const costMs = realClock.monotonicMs() - startMs;
      await realClock.sleep(restMs(costMs, shared.mount.isNetwork), signal);
    }
    return null;
  } finally {
    view.close();
  }
}

/** Looking costs at most a tenth of the time, however many tasks there are. */
export const restMs = (costMs: number, isNetwork: boolean): number =>
  Math.max(isNetwork ? 1000 : 200, 10 * costMs);

export const exitCodeOfVerdict = ({ verdict }: Summary): number => {
  if (verdict === 'complete') return EXIT.ok;
  return verdict === 'rejected' ? EXIT.usage : EXIT.failed;
};

interface View {
  show(record: BatchRecord, status: StatusRecord): void;
  clear(): void;
  close(): void;
}

function openView(output: Output): View {
  if (!output.isTerminal) return openLines(output);
  const screen = openScreen(output);
  return {
    show(record, status) {
      const look = { paint: output.paint, columns: output.columns, isAll: false };
      screen.draw([...renderBatch(record, look), ...waitingFor(status, output)]);
    },
    clear: () => screen.clear(),
    close: () => screen.close(),
  };
}

function waitingFor({ brain, stalled }: StatusRecord, { paint }: Output): string[] {
  if (brain.state === 'alive' || brain.state === 'unknown') {
    return stalled.map((line) => `  ${paint.yellow(line)}`);
  }
  return [`  ${paint.yellow('no brain is alive: nothing moves until `tutti up`')}`];
}

function openLines(output: Output): View {
  let before: BatchRecord | null = null;
  let isWarned = false;
  return {
    show(record, status) {
      for (const line of changes(before, record)) output.line(line);
      before = record;
      const warnings = waitingFor(status, output);
      if (!isWarned) for (const line of warnings) output.note(line.trim());
      isWarned = warnings.length > 0;
    },
    clear: () => undefined,
    close: () => undefined,
  };
}
