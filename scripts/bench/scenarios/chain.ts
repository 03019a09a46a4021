// (b) From one task of a chain to the next: each command stamps the moment at which it runs.
import type { Bench, Scenario } from '../bench.ts';
import { onStage } from '../bench.ts';
import { closed, stampsOf, submitPlan } from '../batches.ts';
import { chainText, STAMP } from '../plan-texts.ts';
import { quantile, rowOf } from '../sample.ts';
import { POLLING } from '../stage.ts';
import type { Stage } from '../stage.ts';

const LENGTH = 100;
/** Each hop waits for two polls. */
const LENGTH_POLLED = 20;
const POLL_MS = 100;

/** The time of each hop in ms. */
export async function hopsOf(stage: Stage, length: number): Promise<number[]> {
  const batch = await submitPlan(stage, chainText(length, STAMP));
  await closed(stage, batch);
  const stamps = await stampsOf(stage, batch);
  if (stamps.length !== length) throw new Error(`${stamps.length} stamps of ${length} tasks`);
  return stamps.slice(1).map((stamp, index) => stamp - stamps[index]!);
}

async function measure(bench: Bench, length: number, more: object): Promise<number[][]> {
  const runs: number[][] = [];
  await onStage(bench, { slots: [bench.slots], more: { ...more } }, async (stage) => {
    for (let turn = 0; turn < bench.runs; turn++) runs.push(await hopsOf(stage, length));
  });
  return runs;
}

async function run(bench: Bench): Promise<void> {
  const row = (what: string, runs: number[][], share: number, atMost: number): void => {
    const values = runs.map((hops) => quantile(hops, share));
    bench.row(rowOf({ scenario: 'b', what, unit: 'ms', values, atMost }));
  };
  const heard = await measure(bench, LENGTH, {});
  row('hop of a chain, events, p50', heard, 0.5, 4);
  row('hop of a chain, events, p99', heard, 0.99, 20);
  const polled = await measure(bench, LENGTH_POLLED, POLLING(POLL_MS));
  row(`hop of a chain, polls of ${POLL_MS} ms, p50`, polled, 0.5, POLL_MS + 4);
}

export const chain: Scenario = { letter: 'b', title: 'a chain of 100', run };
