// (a) How many no-op commands pass through brain, queue and agents per second, with xargs in turns.
import type { Bench, Scenario } from '../bench.ts';
import { onStage } from '../bench.ts';
import { attemptsOf, closed, submitPlan } from '../batches.ts';
import { XARGS, xargsRate } from '../limits.ts';
import { manyText } from '../plan-texts.ts';
import { pairedRatio, rowOf } from '../sample.ts';
import type { Stage, StageOptions } from '../stage.ts';

/** Tasks per second from the start of the first to the end of the last. */
export async function rateOf(stage: Stage, count: number): Promise<number> {
  const batch = await submitPlan(stage, manyText(count, 'true'));
  await closed(stage, batch);
  const records = await attemptsOf(stage, batch, 'work_');
  if (records.length !== count) throw new Error(`${records.length} attempts of ${count} tasks`);
  const firstMs = Math.min(...records.map((record) => Date.parse(record.started_at)));
  return (1000 * count) / (Date.parse(records.at(-1)!.finished_at) - firstMs);
}

interface Variant {
  readonly name: string;
  readonly options: Omit<StageOptions, 'slots'>;
  readonly isShort?: boolean;
}

const VARIANTS: readonly Variant[] = [
  { name: 'durability process', options: { durability: 'process' } },
  { name: 'durability full', options: { durability: 'full' } },
  { name: 'durability process, in bubblewrap', options: { sandbox: 'auto' }, isShort: true },
];

async function run(bench: Bench): Promise<void> {
  const count = bench.isQuick ? 500 : 2000;
  let baseline: readonly number[] = [];
  for (const { name, options, isShort = false } of VARIANTS) {
    const rates: number[] = [];
    const limits: number[] = [];
    await onStage(bench, { slots: [bench.slots], ...options }, async (stage) => {
      for (let turn = 0; turn < bench.runs; turn++) {
        limits.push(await xargsRate(bench));
        rates.push(await rateOf(stage, isShort ? count / 4 : count));
      }
    });
    const isFirst = baseline.length === 0;
    if (isFirst) baseline = rates;
    const ratio = isFirst
      ? pairedRatio(rates, limits, XARGS(bench))
      : pairedRatio(rates, baseline, 'process');
    const bound = isFirst ? { atLeast: 0.5 } : name === 'durability full' ? { atLeast: 0.7 } : {};
    bench.row(
      rowOf({
        scenario: 'a',
        what: `throughput, ${name}`,
        unit: 'tasks/s',
        values: rates,
        ratio,
        isRatioBound: true,
        ...bound,
      }),
    );
  }
}

export const throughput: Scenario = { letter: 'a', title: '2,000 no-op commands', run };
