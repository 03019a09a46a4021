// The live view of everything: redrawn on a terminal, a line per change elsewhere.
import { realClock } from '../../agents/process/clock.ts';
import type { Context } from '../context.ts';
import { readDecisions } from '../look/decisions.ts';
import { openLooker } from '../look/look.ts';
import { restMs } from './progress.ts';
import type { BatchRecord, StatusRecord } from '../records/status.ts';
import { changes } from '../render/changes.ts';
import { renderDecision } from '../render/decision.ts';
import { renderStatus } from '../render/status.ts';
import { openScreen } from './screen.ts';

export interface WatchOptions {
  readonly isOnce: boolean;
  readonly withTail: boolean;
}

const DECISIONS_SHOWN = 8;

export async function watchAll(context: Context, options: WatchOptions): Promise<void> {
  const { output } = context;
  const shared = await context.open('read');
  const { disk } = shared.store;
  const looker = openLooker(shared);

  const picture = async (wait: boolean): Promise<[StatusRecord, string[]]> => {
    const { status } = await looker.look({ wait });
    const isFitted = output.isTerminal && !options.isOnce;
    const columns = isFitted ? output.columns : Number.POSITIVE_INFINITY;
    const lines = renderStatus(status, { paint: output.paint, columns, isAll: false });
    if (!options.withTail) return [status, lines];
    const { decisions } = await readDecisions(disk, () => true, DECISIONS_SHOWN);
    const tail = decisions.map((decision) => `  ${renderDecision(decision, output.paint)}`);
    return [status, [...lines, '', output.paint.bold('Decisions'), ...tail]];
  };

  if (options.isOnce) {
    for (const line of (await picture(true))[1]) output.line(line);
    return;
  }
  const signal = context.interruption();
  const screen = output.isTerminal ? openScreen(output) : null;
  const news = openNews();
  try {
    while (!signal.aborted) {
      const startMs = realClock.monotonicMs();
      const [status, lines] = await picture(false);
      if (screen === null) for (const line of news(status)) output.line(line);
      else screen.draw(lines);
      const costMs = realClock.monotonicMs() - startMs;
      await realClock.sleep(restMs(costMs, shared.mount.isNetwork), signal);
    }
  } finally {
    screen?.close();
  }
}

/** Lines for a log file: every change of the brain, the agents and the batches. */
function openNews(): (status: StatusRecord) => string[] {
  const marks = new Map<string, string>();
  const batches = new Map<string, BatchRecord>();
  const closed = new Set<string>();
  let isFirst = true;
  const changed = (what: string, state: string): string[] => {
    if (marks.get(what) === state) return [];
    marks.set(what, state);
    return [`${what} is ${state}`];
  };
  return (status) => {
    const lines = [
      ...changed('brain', status.brain.state),
      ...status.agents.flatMap(({ agent, state }) => changed(agent, state)),
    ];
    for (const batch of status.batches) {
      lines.push(...changes(batches.get(batch.batch) ?? null, batch));
      batches.set(batch.batch, batch);
    }
    for (const { batch, verdict, reason } of status.closed) {
      if (!closed.has(batch) && !isFirst) lines.push(`${batch} ended ${verdict}: ${reason}`);
      closed.add(batch);
    }
    isFirst = false;
    return lines.map((line) => `${status.at}  ${line}`);
  };
}
