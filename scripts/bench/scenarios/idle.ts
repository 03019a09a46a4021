// (g) What a tutti with nothing to do costs.
import { realClock } from '../../../agents/process/clock.ts';
import type { Bench, Scenario } from '../bench.ts';
import { onStage } from '../bench.ts';
import { isInstalled } from '../children.ts';
import { cpuMsOf } from '../proc.ts';
import { rowOf } from '../sample.ts';
import type { Stage } from '../stage.ts';
import { sumOf, traceStage } from '../trace.ts';

const AGENTS = 4;
const SETTLE_MS = 3000;

const cpuMs = async ({ brain, agents }: Stage): Promise<number> => {
  const each = await Promise.all([brain, ...agents].map(({ pid }) => cpuMsOf(pid)));
  return each.reduce((sum, ms) => sum + ms, 0);
};

/** CPU of all processes in percent of one core. */
export async function idlePercent(stage: Stage, spanMs: number): Promise<number> {
  const beforeMs = await cpuMs(stage);
  const startedMs = realClock.monotonicMs();
  await realClock.sleep(spanMs);
  const usedMs = (await cpuMs(stage)) - beforeMs;
  return (100 * usedMs) / (realClock.monotonicMs() - startedMs);
}

async function run(bench: Bench): Promise<void> {
  const spanMs = (bench.isQuick ? 10_000 : 60_000) / bench.runs;
  const slots = Array.from({ length: AGENTS }, () => 1);
  await onStage(bench, { slots }, async (stage, home) => {
    await realClock.sleep(SETTLE_MS);
    const percents: number[] = [];
    for (let turn = 0; turn < bench.runs; turn++) percents.push(await idlePercent(stage, spanMs));
    const what = `idle, brain and ${AGENTS} agents`;
    bench.row(
      rowOf({
        scenario: 'g',
        what: `${what}, CPU`,
        unit: '% of a core',
        values: percents,
        atMost: 1,
      }),
    );
    if (!(await isInstalled('strace'))) {
      return bench.note('g: file operations are not counted: strace is not installed');
    }
    const rates: number[] = [];
    for (let turn = 0; turn < bench.runs; turn++)
      rates.push(await operationRate(stage, home, spanMs));
    const row = { scenario: 'g', what: `${what}, file operations`, unit: '/s', values: rates };
    bench.row(rowOf({ ...row, atMost: 20 }));
  });
}

async function operationRate(stage: Stage, home: string, spanMs: number): Promise<number> {
  const startedMs = realClock.monotonicMs();
  const tracing = await traceStage(stage, home);
  await realClock.sleep(spanMs);
  const { brain, agents } = await tracing.end();
  return (1000 * (sumOf(brain) + sumOf(agents))) / (realClock.monotonicMs() - startedMs);
}

export const idle: Scenario = { letter: 'g', title: 'nothing to do', run };
