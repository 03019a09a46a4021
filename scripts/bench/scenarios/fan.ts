// (d) One task, ten thousand that wait for it by name, and one that waits for all of them.
import { realClock } from '../../../agents/process/clock.ts';
import type { Bench, Scenario } from '../bench.ts';
import { onStage } from '../bench.ts';
import { attemptsOf, closed, submitPlan } from '../batches.ts';
import { fanText } from '../plan-texts.ts';
import { rowOf } from '../sample.ts';

async function run(bench: Bench): Promise<void> {
  const count = bench.isQuick ? 1000 : 10_000;
  const accepts: number[] = [];
  const rates: number[] = [];
  const joins: number[] = [];
  await onStage(bench, { slots: [bench.slots] }, async (stage) => {
    for (let turn = 0; turn < bench.runs; turn++) {
      const submittedMs = realClock.wall().getTime();
      const batch = await submitPlan(stage, fanText(count));
      await closed(stage, batch);
      const [root] = await attemptsOf(stage, batch, 'root.');
      const [join] = await attemptsOf(stage, batch, 'join.');
      const leaves = await attemptsOf(stage, batch, 'f');
      const rootMs = Date.parse(root!.finished_at);
      const lastMs = Date.parse(leaves.at(-1)!.finished_at);
      accepts.push(Date.parse(root!.started_at) - submittedMs);
      rates.push((1000 * count) / (lastMs - rootMs));
      joins.push(Date.parse(join!.started_at) - lastMs);
    }
  });
  const name = count.toLocaleString('en');
  const row = (what: string, unit: string, values: number[]): void =>
    bench.row(rowOf({ scenario: 'd', what, unit, values }));
  row(`plan of ${name} tasks, submit to start`, 'ms', accepts);
  row(`fan-out of ${name}, from the root's end to the last`, 'tasks/s', rates);
  row(`fan-in of ${name}, from the last end to the join`, 'ms', joins);
}

export const fan: Scenario = { letter: 'd', title: 'fan-out and fan-in', run };
