// (m) How often models are loaded: llm tasks over three models, mixed, on two simulated cards that hold one model each.
// The servers are the fakes of the tests, processes that speak as llama-server does and count their starts; brain and
// agents are the built ones. What FIFO would load is computed (fifo.ts), and the least is one load per model.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttemptRecord } from '../../../agents/protocol/attempt.ts';
import { SYSTEM_PLAN } from '../../../agents/protocol/ids.ts';
import { batchPath, planPath } from '../../../agents/protocol/layout.ts';
import { realClock } from '../../../agents/process/clock.ts';
import { projectRoot } from '../../context.ts';
import type { Bench, Scenario } from '../bench.ts';
import { onStage } from '../bench.ts';
import { attemptsOf, closed, submitPlan } from '../batches.ts';
import { fifoLoads, mixOf } from '../fifo.ts';
import { writeHollowGguf } from '../hollow-gguf.ts';
import { planOf } from '../plan-texts.ts';
import { rowOf } from '../sample.ts';
import { readJson } from '../stage.ts';
import type { Stage, StageOptions } from '../stage.ts';

const MODELS = ['one', 'two', 'three'];
const CARDS = ['gpu-1', 'gpu-2'];
const TASKS = 200;
const TASK_MS = 100;
const LOAD_MS = 300;
const MAX_WAIT_MS = 4000;
/** Servers are asked for their health every 200 ms; after the plan for so long again with nothing else to do. */
const LOOK_MS = 200;
const IDLE_MS = 2000;

const FAKE = 'test/fixtures/models/fake-llama-server.mjs';

export const SWAP_STAGE: StageOptions = {
  slots: [],
  cards: CARDS.map((name) => ({ name, kind: 'simulated', vramMib: 6144 })),
  more: {
    models: Object.fromEntries(
      MODELS.map((name) => [
        name,
        {
          backend: 'llama-server',
          source: `${name}.gguf`,
          contextTokens: 4096,
          vramMib: 4000,
        },
      ]),
    ),
    backends: { llamaServer: { program: join(projectRoot, FAKE) } },
    modelPolicy: { maxWaitMs: MAX_WAIT_MS, residencyMsMin: 500, idleUnloadMs: 0 },
    agent: { internalIntervalMs: LOOK_MS },
  },
};

export interface Swaps {
  /** Loads that the brain wished and an agent carried out. */
  readonly loads: number;
  readonly fifo: number;
  readonly least: number;
  /** Servers that were started for no wish: by a health probe, or by anything else. */
  readonly unwished: number;
  /** Completions that were asked for: the tasks here are commands, so that it is nobody but a probe. */
  readonly probed: number;
  /** The longest time, in ms, in which no task of a model began although some waited. */
  readonly longestWaitMs: number;
  /** The longest unload and the longest load together. */
  readonly swapMs: number;
}

/** Before the agents look for them. */
export async function prepareModels(home: string): Promise<void> {
  for (const name of MODELS) {
    const path = join(home, `${name}.gguf`);
    await writeHollowGguf(path);
    const [startLog, requestLog] = [join(home, 'starts.log'), join(home, 'requests.log')];
    await writeFile(`${path}.fake.json`, JSON.stringify({ loadMs: LOAD_MS, startLog, requestLog }));
  }
}

const linesOf = async (path: string): Promise<number> =>
  (await readFile(path, 'utf8').catch(() => '')).split('\n').length - 1;

/** What the brain wished and the agents carried out. */
async function wishesOf({ store }: Stage): Promise<AttemptRecord[]> {
  const { disk } = store;
  const records: AttemptRecord[] = [];
  for (const batch of (await disk.list(`${planPath(SYSTEM_PLAN)}/batches`)) ?? []) {
    const folder = `${batchPath(SYSTEM_PLAN, batch)}/attempts`;
    for (const name of (await disk.list(folder)) ?? []) {
      if (!/^(un)?load_llm_.*\.a\d+\.json$/.test(name)) continue;
      const record = await readJson<AttemptRecord>(disk.absolute(`${folder}/${name}`));
      if (record?.outcome === 'complete') records.push(record);
    }
  }
  return records;
}

const longestMs = (records: readonly AttemptRecord[]): number =>
  Math.max(0, ...records.map(({ duration_ms }) => duration_ms));

/** Of each model from the submission on, between an end and the next start. */
function longestWaitMs(records: readonly AttemptRecord[], submittedMs: number): number {
  const gaps = MODELS.flatMap((model) => {
    let fromMs = submittedMs;
    return records
      .filter(({ task }) => task.startsWith(`${model}_`))
      .map(({ started_at, finished_at }) => {
        const gapMs = Date.parse(started_at) - fromMs;
        fromMs = Math.max(fromMs, Date.parse(finished_at));
        return gapMs;
      });
  });
  return Math.max(...gaps);
}

/** One plan of `count` tasks, then a while of health probes and nothing else. */
export async function swapsOf(stage: Stage, home: string, count = TASKS): Promise<Swaps> {
  const order = mixOf(count, MODELS);
  const command = `sleep ${TASK_MS / 1000}`;
  const submittedMs = realClock.wall().getTime();
  const batch = await submitPlan(
    stage,
    planOf(
      order.map((llm_model, index) => [
        `${llm_model}_${index}`,
        { task_class: 'llm', llm_model, command },
      ]),
    ),
  );
  await closed(stage, batch);
  await realClock.sleep(IDLE_MS);
  const records = await Promise.all(MODELS.map((name) => attemptsOf(stage, batch, `${name}_`)));
  const wishes = await wishesOf(stage);
  const isLoad = ({ task }: AttemptRecord): boolean => task.startsWith('load');
  const loads = wishes.filter(isLoad).length;
  return {
    loads,
    swapMs: longestMs(wishes.filter(isLoad)) + longestMs(wishes.filter((one) => !isLoad(one))),
    fifo: fifoLoads(order, CARDS.length, { taskMs: TASK_MS, loadMs: LOAD_MS }),
    least: new Set(order).size,
    unwished: (await linesOf(join(home, 'starts.log'))) - loads,
    probed: await linesOf(join(home, 'requests.log')),
    longestWaitMs: longestWaitMs(records.flat(), submittedMs),
  };
}

async function run(bench: Bench): Promise<void> {
  const runs: Swaps[] = [];
  for (let turn = 0; turn < bench.runs; turn++) {
    const options = { ...SWAP_STAGE, prepare: prepareModels };
    await onStage(
      bench,
      options,
      async (stage, home) => void runs.push(await swapsOf(stage, home)),
    );
  }
  const row = (what: string, unit: string, key: keyof Swaps, more: object = {}): void =>
    bench.row(rowOf({ scenario: 'm', what, unit, values: runs.map((each) => each[key]), ...more }));
  const [{ fifo }] = runs as [Swaps];
  const loads = runs.map((each) => each.loads);
  const ratio = { value: loads.reduce((a, b) => a + b) / loads.length / fifo, of: 'FIFO' };
  row('200 llm tasks, 3 models, 2 cards: loads, the least', 'loads', 'least');
  row('loads, FIFO (computed)', 'loads', 'fifo');
  row('loads', 'loads', 'loads', { ratio });
  row('the longest unload with the longest load', 'ms', 'swapMs');
  const atMost = MAX_WAIT_MS + TASK_MS + Math.max(...runs.map(({ swapMs }) => swapMs));
  row('longest wait of a model: maxWaitMs 4000, a task, a swap', 'ms', 'longestWaitMs', { atMost });
  row('servers started without a wish', 'servers', 'unwished', { atMost: 0 });
  row('completions asked by health probes', 'requests', 'probed', { atMost: 0 });
}

export const swaps: Scenario = {
  letter: 'm',
  title: 'models that are swapped',
  section: 'models',
  run,
};
