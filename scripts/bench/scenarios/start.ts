// (c) From the rename that publishes a submission to the first start, on a rig with nothing else to do; and
// what the CLI adds before that rename.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realClock } from '../../../agents/process/clock.ts';
import type { Batch } from '../../../agents/protocol/batch.ts';
import type { Store } from '../../../agents/store/store.ts';
import type { Bench, Scenario } from '../bench.ts';
import { onStage } from '../bench.ts';
import { closed, folderOf, stampsOf, submitPlan } from '../batches.ts';
import { tutti } from '../cli.ts';
import { oneText, STAMP } from '../plan-texts.ts';
import { quantile, rowOf } from '../sample.ts';
import type { Stage } from '../stage.ts';

const SUBMISSIONS = 20;

/** The wall clock in ms, with the resolution of the stamps. */
const wallMs = (): number => performance.timeOrigin + realClock.monotonicMs();

/** A store that notes when it publishes the submission. */
function noting(store: Store): { readonly store: Store; readonly renamedMs: () => number } {
  let renamedMs = 0;
  const disk: Store['disk'] = {
    ...store.disk,
    rename(from, to) {
      renamedMs = wallMs();
      return store.disk.rename(from, to);
    },
  };
  return { store: { ...store, disk }, renamedMs: () => renamedMs };
}

export async function startMs(stage: Stage): Promise<number> {
  const { store, renamedMs } = noting(stage.store);
  const batch = await submitPlan({ store }, oneText(STAMP));
  await closed(stage, batch);
  return (await stampsOf(stage, batch))[0]! - renamedMs();
}

interface CliRun {
  /** From its exec to the moment at which it has read everything and begins to write. */
  readonly startUpMs: number;
  /** From its exec to the start of the task. */
  readonly startMs: number;
}

async function cliRun(stage: Stage): Promise<CliRun> {
  const executedMs = wallMs();
  const answer = JSON.parse(await tutti(stage, 'submit', 'bench', '--json')) as { batch: string };
  await closed(stage, answer.batch);
  const text = await readFile(join(folderOf(stage, answer.batch), 'batch.json'), 'utf8');
  const { submitted_at: at } = JSON.parse(text) as Batch;
  const [startedMs] = await stampsOf(stage, answer.batch);
  return { startUpMs: Date.parse(at) - executedMs, startMs: startedMs! - executedMs };
}

async function run(bench: Bench): Promise<void> {
  const count = bench.isQuick ? 5 : SUBMISSIONS;
  const starts: number[][] = [];
  const versions: number[] = [];
  const cli: CliRun[] = [];
  await onStage(bench, { slots: [bench.slots] }, async (stage) => {
    const plan = join(stage.shared, 'plans/bench');
    await mkdir(plan, { recursive: true });
    await writeFile(join(plan, 'plan.md'), oneText(STAMP));
    for (let turn = 0; turn < bench.runs; turn++) {
      const own: number[] = [];
      for (let index = 0; index < count; index++) own.push(await startMs(stage));
      starts.push(own);
      const beforeMs = realClock.monotonicMs();
      await tutti(stage, '--version');
      versions.push(realClock.monotonicMs() - beforeMs);
      cli.push(await cliRun(stage));
    }
  });
  const row = (what: string, values: number[], atMost?: number): void =>
    bench.row(
      rowOf({
        scenario: 'c',
        what,
        unit: 'ms',
        values,
        ...(atMost === undefined ? {} : { atMost }),
      }),
    );
  const shareOf = (share: number): number[] => starts.map((own) => quantile(own, share));
  row('submit to start, from the rename, p50', shareOf(0.5), 25);
  row('submit to start, from the rename, p99', shareOf(0.99), 100);
  row('tutti --version', versions, 150);
  row(
    'tutti submit, its own start-up',
    cli.map((one) => one.startUpMs),
    150,
  );
  row(
    'tutti submit, from exec to the start of the task',
    cli.map((one) => one.startMs),
  );
}

export const start: Scenario = { letter: 'c', title: 'submit to first start', run };
