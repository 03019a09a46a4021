// (b) From one task of a chain to the next: each command stamps the moment at which it runs.
import type { Bench, Scenario } from '../bench.ts';
import { onStage } from '../bench.ts';
import { closed, stampsOf, submitPlan } from '../batches.ts';
import { chainText, STAMP } from '../plan-texts.ts';
import { quantile, rowOf } from '../sample.ts';
import type { Stage } from '../stage.ts';

const LENGTH = 100;

/** The time of each hop in ms. */
async function hopsOf(stage: Stage, length: number): Promise<number[]> {
  const batch = await submitPlan(stage, chainText(length, STAMP));
  await closed(stage, batch);
  const stamps = await stampsOf(stage, batch);
  if (stamps.length !== length) throw new Error(`${stamps.length} stamps of ${length} tasks`);
  return stamps.slice(1).map((stamp, index) => stamp - stamps[index]!);
}

async function run(bench: Bench): Promise<void> {
  const runs: number[][] = [];
  await onStage(bench, { slots: [bench.slots] }, async (stage) => {
    for (let turn = 0; turn < bench.runs; turn++) runs.push(await hopsOf(stage, LENGTH));
  });
  const row = (what: string, share: number, atMost: number): void =>
    bench.row(
      rowOf({
        scenario: 'b',
        what,
        unit: 'ms',
        values: runs.map((hops) => quantile(hops, share)),
        atMost,
      }),
    );
  row('hop of a chain, events, p50', 0.5, 4);
  row('hop of a chain, events, p99', 0.99, 20);
}

export const chain: Scenario = { letter: 'b', title: 'a chain of 100', run };
