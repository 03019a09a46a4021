// (e) A hundred thousand children of one template, with the brain killed in the middle. It takes minutes, so
// there is one run; the spread of a task's cost is in the run itself.
import { readFile } from 'node:fs/promises';
import { realClock } from '../../../agents/process/clock.ts';
import type { AttemptRecord } from '../../../agents/protocol/attempt.ts';
import { DECISION_LOG } from '../../../agents/protocol/layout.ts';
import type { Bench, Scenario } from '../bench.ts';
import { onStage } from '../bench.ts';
import { attemptsOf, closed, submitPlan } from '../batches.ts';
import { manyText } from '../plan-texts.ts';
import { peakMegabytesOf } from '../proc.ts';
import { rowOf } from '../sample.ts';
import { agentName, readHeartbeat, startBrain } from '../stage.ts';
import type { Stage } from '../stage.ts';
import { eventually } from '../waiting.ts';

const HOUR_MS = 3_600_000;
const WINDOW = 1000;

const doneBy = async ({ store, agents }: Stage): Promise<number> => {
  const beats = await Promise.all(agents.map((_, index) => readHeartbeat(store, agentName(index))));
  return beats.reduce((sum, beat) => sum + (beat?.tasks_done ?? 0), 0);
};

/** From the start of a new brain to its first decision, in ms. */
async function restart(stage: Stage, home: string): Promise<number> {
  stage.brain.kill('SIGKILL');
  await stage.brain.ended;
  const startedMs = realClock.wall().getTime();
  stage.brain = await startBrain(home, stage);
  const path = stage.store.disk.absolute(DECISION_LOG);
  return eventually('the first decision of the new brain', async () => {
    const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
    const times = lines.map((line) => Date.parse((JSON.parse(line) as Stamped).timestamp));
    const first = times.find((ms) => ms >= startedMs);
    return first === undefined ? null : first - startedMs;
  });
}

interface Stamped {
  readonly timestamp: string;
}

/** Mean time from one end to the next, in ms. */
function pace(records: readonly AttemptRecord[]): number {
  const ends = records.map((record) => Date.parse(record.finished_at));
  return (ends.at(-1)! - ends[0]!) / (ends.length - 1);
}

async function run(bench: Bench): Promise<void> {
  const count = bench.isQuick ? 10_000 : 100_000;
  await onStage(bench, { slots: [bench.slots] }, async (stage, home) => {
    const batch = await submitPlan(stage, manyText(count, 'true'));
    const half = async (): Promise<true | null> =>
      (await doneBy(stage)) >= count / 2 ? true : null;
    await eventually('half of the tasks', half, HOUR_MS, 200);
    const peaks = [await peakMegabytesOf(stage.brain.pid)];
    const restartMs = await restart(stage, home);
    await closed(stage, batch, HOUR_MS);
    peaks.push(await peakMegabytesOf(stage.brain.pid));
    const agents = await Promise.all(stage.agents.map(({ pid }) => peakMegabytesOf(pid)));
    const records = await attemptsOf(stage, batch, 'work_');
    if (records.length !== count) throw new Error(`${records.length} attempts of ${count} tasks`);
    const [first, last] = [pace(records.slice(0, WINDOW)), pace(records.slice(-WINDOW))];
    const name = count.toLocaleString('en');
    const row = (what: string, unit: string, values: number[], more: object = {}): void =>
      bench.row(rowOf({ scenario: 'e', what, unit, values, ...more }));
    row(`${name} children, time per task, first thousand`, 'ms', [first]);
    row(`${name} children, time per task, last thousand`, 'ms', [last], {
      ratio: { value: last / first, of: 'the first' },
      isRatioBound: true,
      atMost: 1.2,
    });
    row('peak memory of the brain', 'MB', [Math.max(...peaks)], { atMost: 200 });
    row('peak memory of the agent', 'MB', [Math.max(...agents)]);
    row(`brain killed and started with half done`, 'ms', [restartMs], { atMost: 3000 });
  });
}

export const large: Scenario = { letter: 'e', title: '100,000 children', run };
