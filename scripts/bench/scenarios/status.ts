// (i) How long `tutti status` takes while a batch is open whose tasks are all done but one.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realClock } from '../../../agents/process/clock.ts';
import type { Bench, Scenario } from '../bench.ts';
import { onStage } from '../bench.ts';
import { closed, folderOf, submitPlan } from '../batches.ts';
import { tutti } from '../cli.ts';
import { manyText } from '../plan-texts.ts';
import { rowOf } from '../sample.ts';
import { eventually } from '../waiting.ts';

const SIZES = [
  { count: 100, atMost: 200 },
  { count: 10_000, atMost: 400 },
];
const LOOKS_PER_RUN = 3;

/** The last child waits for a file. */
const command = (count: number): string =>
  `[ {ITEM.id} != ${count} ] || while [ ! -e {BATCH_PATH}/go ]; do sleep 0.2; done`;

interface StatusAnswer {
  readonly batches: readonly { readonly groups: readonly { task: string; complete: number }[] }[];
}

async function run(bench: Bench): Promise<void> {
  for (const { count, atMost } of SIZES) {
    await onStage(bench, { slots: [bench.slots] }, async (stage) => {
      const batch = await submitPlan(stage, manyText(count, command(count)));
      await eventually(
        `all of ${count} tasks but one`,
        async () => {
          const { batches } = JSON.parse(await tutti(stage, 'status', '--json')) as StatusAnswer;
          const work = batches[0]?.groups.find(({ task }) => task === 'work');
          return work?.complete === count - 1 ? true : null;
        },
        600_000,
        1000,
      );
      const times: number[] = [];
      for (let turn = 0; turn < bench.runs * LOOKS_PER_RUN; turn++) {
        const startedMs = realClock.monotonicMs();
        await tutti(stage, 'status');
        times.push(realClock.monotonicMs() - startedMs);
      }
      await writeFile(join(folderOf(stage, batch), 'go'), '');
      await closed(stage, batch);
      const what = `tutti status, ${count.toLocaleString('en')} tasks`;
      bench.row(rowOf({ scenario: 'i', what, unit: 'ms', values: times, atMost }));
    });
  }
}

export const status: Scenario = { letter: 'i', title: 'tutti status', run };
