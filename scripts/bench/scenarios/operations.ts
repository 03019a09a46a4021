// (o) The file operations that one no-op task costs below shared/, of each kind of process, by strace. What a
// batch costs once is measured with two sizes and subtracted.
import type { Bench, Scenario } from '../bench.ts';
import { onStage } from '../bench.ts';
import { isInstalled } from '../children.ts';
import { closed, submitPlan } from '../batches.ts';
import { manyText } from '../plan-texts.ts';
import { rowOf } from '../sample.ts';
import type { Stage } from '../stage.ts';
import { sumOf, traceStage } from '../trace.ts';
import type { Calls, Operations } from '../trace.ts';

/** Sizes of the two batches. */
export interface Sizes {
  readonly small: number;
  readonly large: number;
}

const SIZES: Sizes = { small: 40, large: 240 };

export type Part = keyof Operations;
export const PARTS: readonly Part[] = ['brain', 'agents', 'workers'];

async function operationsOf(stage: Stage, home: string, count: number): Promise<Operations> {
  const tracing = await traceStage(stage, home);
  const batch = await submitPlan(stage, manyText(count, 'true'));
  await closed(stage, batch);
  return tracing.end();
}

/** Calls per task, by name. */
export async function operationsPerTask(
  stage: Stage,
  home: string,
  sizes: Sizes = SIZES,
): Promise<Operations> {
  const small = await operationsOf(stage, home, sizes.small);
  const large = await operationsOf(stage, home, sizes.large);
  const perTask = (part: Part): Calls => {
    const names = Object.keys(large[part]);
    const cost = (name: string): number =>
      ((large[part][name] ?? 0) - (small[part][name] ?? 0)) / (sizes.large - sizes.small);
    return Object.fromEntries(names.map((name) => [name, cost(name)]));
  };
  return { brain: perTask('brain'), agents: perTask('agents'), workers: perTask('workers') };
}

const listOf = (calls: Calls): string =>
  Object.entries(calls)
    .filter(([, cost]) => cost >= 0.05)
    .toSorted(([, one], [, other]) => other - one)
    .map(([name, cost]) => `${name} ${cost.toFixed(1)}`)
    .join(', ');

async function run(bench: Bench): Promise<void> {
  if (!(await isInstalled('strace'))) {
    return bench.note('o: file operations are not counted: strace is not installed');
  }
  const all: Operations[] = [];
  await onStage(bench, { slots: [bench.slots] }, async (stage, home) => {
    for (let turn = 0; turn < bench.runs; turn++) all.push(await operationsPerTask(stage, home));
  });
  for (const part of PARTS) {
    const values = all.map((one) => sumOf(one[part]));
    const what = `file operations per no-op task, ${part}`;
    bench.row(rowOf({ scenario: 'o', what, unit: '', values }));
    bench.note(`       ${part}: ${listOf(all[0]![part])}`);
  }
}

export const operations: Scenario = { letter: 'o', title: 'file operations of a task', run };
