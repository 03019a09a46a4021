// (h) From a file that asks for something to its acknowledgement, with file events and with polls only, and
// what the polls cost. The acknowledgement is a rename that a watch of the benchmark sees.
import { watch } from 'node:fs/promises';
import { realClock } from '../../../agents/process/clock.ts';
import { SIGNALS_DONE } from '../../../agents/protocol/layout.ts';
import { sendSignal } from '../../../agents/store/signals.ts';
import type { Bench, Scenario } from '../bench.ts';
import { onStage } from '../bench.ts';
import { quantile, rowOf } from '../sample.ts';
import { agentName, POLLING } from '../stage.ts';
import type { Stage } from '../stage.ts';
import { idlePercent } from './idle.ts';

const SIGNALS = 20;
const POLL_MS = 1000;
const IDLE_MS = 10_000;
const NOBODY = 'bench-20200101-000000-nobod';

/** An abort of a task that does not run is acknowledged at once. */
async function acknowledgedMs(stage: Stage, attempt: number): Promise<number> {
  const over = new AbortController();
  const events = watch(stage.store.disk.absolute(SIGNALS_DONE), { signal: over.signal });
  const name = {
    agent: agentName(0),
    verb: 'abort',
    batch: NOBODY,
    task: 'none',
    attempt,
  } as const;
  const signal = { v: 1, by: 'operator', reason: 'bench', at: '' } as const;
  // The watch begins with the first step of its iteration.
  const seen = events[Symbol.asyncIterator]().next();
  const startedMs = realClock.monotonicMs();
  await sendSignal(stage.store, name, signal);
  await seen;
  const endedMs = realClock.monotonicMs();
  over.abort();
  return endedMs - startedMs;
}

async function measure(bench: Bench, what: string, count: number, more: object): Promise<void> {
  await onStage(bench, { slots: [1], more: { ...more } }, async (stage) => {
    const runs: number[][] = [];
    for (let turn = 0; turn < bench.runs; turn++) {
      const own: number[] = [];
      for (let index = 0; index < count; index++) {
        own.push(await acknowledgedMs(stage, 1 + turn * count + index));
      }
      runs.push(own);
    }
    const row = (share: number, name: string): void => {
      const values = runs.map((own) => quantile(own, share));
      bench.row(
        rowOf({ scenario: 'h', what: `signal to action, ${what}, ${name}`, unit: 'ms', values }),
      );
    };
    row(0.5, 'p50');
    row(0.99, 'p99');
    if (Object.keys(more).length === 0) return;
    const percents: number[] = [];
    const spanMs = (bench.isQuick ? 2 : 6) * (IDLE_MS / bench.runs);
    for (let turn = 0; turn < bench.runs; turn++) percents.push(await idlePercent(stage, spanMs));
    const idle = `idle, brain and 1 agent, ${what}, CPU`;
    bench.row(rowOf({ scenario: 'h', what: idle, unit: '% of a core', values: percents }));
  });
}

async function run(bench: Bench): Promise<void> {
  await measure(bench, 'events', SIGNALS, {});
  await measure(bench, `polls of ${POLL_MS} ms`, bench.isQuick ? 3 : 10, POLLING(POLL_MS));
}

export const events: Scenario = { letter: 'h', title: 'event to action', run };
