// The regression gate of `npm run bench`: counts, and ratios of one run to another of the same minute, never
// times. Brain, agents and workers are the built ones.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { submitPlan } from '../../scripts/bench/batches.ts';
import { manyText } from '../../scripts/bench/plan-texts.ts';
import { cpuMsOf } from '../../scripts/bench/proc.ts';
import { lostPercent, round } from '../../scripts/bench/scenarios/crowd.ts';
import { operationsPerTask, PARTS } from '../../scripts/bench/scenarios/operations.ts';
import { agentName, closeStage, openStage, readHeartbeat } from '../../scripts/bench/stage.ts';
import type { Stage } from '../../scripts/bench/stage.ts';
import { sumOf } from '../../scripts/bench/trace.ts';
import { eventually } from '../helpers/eventually.ts';

const homes: string[] = [];
const stages: Stage[] = [];

async function open(slots: readonly number[]): Promise<{ stage: Stage; home: string }> {
  const base = process.env['TUTTI_TEST_DIR'] ?? tmpdir();
  const folder = realpathSync(mkdtempSync(join(base, 'tutti-gate-')));
  homes.push(folder);
  const home = join(folder, 'stage');
  mkdirSync(home);
  const stage = await openStage(home, { slots });
  stages.push(stage);
  return { stage, home };
}

afterEach(async () => {
  await Promise.all(stages.splice(0).map(closeStage));
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
});

const hasStrace = spawnSync('strace', ['-V']).status === 0;

/**
 * File operations that one no-op task may cost, up to a third above what it costs now; docs/PERFORMANCE.md says what
 * each is for. A machine under load looks oftener per task, and never needs more than one look per event.
 */
const OPERATIONS_MAX = { brain: 34, agents: 25, workers: 7 };

describe.skipIf(!hasStrace)('with strace (skipped where it is not installed)', () => {
  it('a no-op task costs no more file operations than are written down', async () => {
    const { stage, home } = await open([2]);
    const perTask = await operationsPerTask(stage, home, { small: 20, large: 120 });
    for (const part of PARTS) {
      const calls = JSON.stringify(perTask[part]);
      expect(sumOf(perTask[part]), `${part}: ${calls}`).toBeLessThanOrEqual(OPERATIONS_MAX[part]);
    }
  });
});

const WINDOW = { from: 40, to: 140 };
/** Long enough that every end is looked at by itself: a brain that cannot follow looks at many at once. */
const COMMAND = 'sleep 0.05';

/** CPU time of the brain and of the agent per task, from the 40th to the 140th of a batch of `count`. */
async function cpuMsPerTask(count: number): Promise<{ brain: number; agent: number }> {
  const { stage } = await open([2]);
  await submitPlan(stage, manyText(count, COMMAND));
  const reach = (tasks: number): Promise<number> =>
    eventually(`${tasks} tasks of ${count}`, async () => {
      const done = (await readHeartbeat(stage.store, agentName(0)))?.tasks_done ?? 0;
      return done >= tasks ? done : null;
    });
  const used = async (): Promise<[number, number]> => [
    await cpuMsOf(stage.brain.pid),
    await cpuMsOf(stage.agents[0]!.pid),
  ];
  const [first, before] = [await reach(WINDOW.from), await used()];
  const [last, after] = [await reach(WINDOW.to), await used()];
  const tasks = last - first;
  return { brain: (after[0] - before[0]) / tasks, agent: (after[1] - before[1]) / tasks };
}

it('a task costs the same with 20,000 behind it as with 300', async () => {
  const small = await cpuMsPerTask(300);
  const large = await cpuMsPerTask(20_000);
  const found = JSON.stringify({ small, large });
  expect(large.brain / small.brain, found).toBeLessThanOrEqual(2);
  expect(large.agent / small.agent, found).toBeLessThanOrEqual(2);
});

it('four agents on one queue run every task once, and seldom go for the same one', async () => {
  const { stage } = await open([1, 1, 1, 1]);
  await round(stage, 240);
  expect(await lostPercent(stage, 241)).toBeLessThanOrEqual(25);
});
