// (f) More and more agents, of one slot each, on one queue: what they make together, and what they take from
// each other. Every task appends its id to one file, so that one that ran twice shows. No figure here is about the
// start of a process: its first tasks cost twice as much, since nothing is compiled yet, and sixteen agents need
// sixteen times as many tasks as one to get over it. So each crowd works for a while before it is measured.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, Scenario } from '../bench.ts';
import { onStage } from '../bench.ts';
import { attemptsOf, closed, folderOf, submitPlan } from '../batches.ts';
import { manyText } from '../plan-texts.ts';
import { pairedRatio, rowOf } from '../sample.ts';
import { agentName, readHeartbeat } from '../stage.ts';
import type { Stage } from '../stage.ts';
import { eventually } from '../waiting.ts';

const CROWDS = [1, 2, 4, 8, 16];
const BASE = 2;
/** Tasks per agent that are not measured. */
const WARM_TASKS = 500;
const COMMAND = 'echo {ITEM.id} >> {BATCH_PATH}/results/ran';

interface Round {
  readonly rate: number;
  /** Most starts of one agent divided by the least. */
  readonly skew: number;
}

export async function round(stage: Stage, count: number): Promise<Round> {
  const batch = await submitPlan(stage, manyText(count, COMMAND));
  await closed(stage, batch);
  const ran = (await readFile(join(folderOf(stage, batch), 'results/ran'), 'utf8')).split('\n');
  const lines = ran.slice(0, -1);
  if (lines.length !== count || new Set(lines).size !== count) {
    throw new Error(`${count} tasks ran ${lines.length} times, ${new Set(lines).size} of them`);
  }
  const records = await attemptsOf(stage, batch, 'work_');
  const starts = new Map(stage.agents.map((_, index) => [agentName(index), 0]));
  for (const { agent } of records) starts.set(agent, (starts.get(agent) ?? 0) + 1);
  const firstMs = Math.min(...records.map((record) => Date.parse(record.started_at)));
  const spanMs = Date.parse(records.at(-1)!.finished_at) - firstMs;
  const skew = Math.max(...starts.values()) / Math.max(1, Math.min(...starts.values()));
  return { rate: (1000 * count) / spanMs, skew };
}

/** Claims that another agent won, in percent of all that were tried. */
export async function lostPercent(stage: Stage, count: number): Promise<number> {
  // The last heartbeat may still be on its way.
  const beats = await eventually('the last heartbeats', async () => {
    const all = await Promise.all(
      stage.agents.map((_, index) => readHeartbeat(stage.store, agentName(index))),
    );
    const done = all.reduce((sum, beat) => sum + (beat?.tasks_done ?? 0), 0);
    return done >= count ? all : null;
  });
  const lost = beats.reduce((sum, beat) => sum + (beat?.claims_lost ?? 0), 0);
  return (100 * lost) / (count + lost);
}

async function run(bench: Bench): Promise<void> {
  const count = bench.isQuick ? 400 : 2000;
  const rates = new Map<number, number[]>();
  for (const agents of CROWDS) {
    const slots = Array.from({ length: agents }, () => 1);
    const rounds: Round[] = [];
    const name = agents === 1 ? '1 agent' : `${agents} agents`;
    const warmUp = agents * (bench.isQuick ? WARM_TASKS / 10 : WARM_TASKS);
    await onStage(bench, { slots }, async (stage) => {
      await round(stage, warmUp);
      for (let turn = 0; turn < bench.runs; turn++) rounds.push(await round(stage, count));
      const own = rounds.map(({ rate }) => rate);
      rates.set(agents, own);
      const base = rates.get(BASE);
      const against =
        base === undefined || agents <= BASE
          ? {}
          : { ratio: pairedRatio(own, base, `${BASE} agents`) };
      const bound = agents === 16 ? { isRatioBound: true, atLeast: 0.9 } : {};
      const what = `${name}, throughput once warm`;
      const row = { scenario: 'f', what, unit: 'tasks/s', values: own };
      bench.row(rowOf({ ...row, ...against, ...bound }));
      if (agents === 1) return;
      // One manifest task per round besides.
      const lost = await lostPercent(stage, bench.runs * (count + 1) + warmUp + 1);
      bench.row(
        rowOf({
          scenario: 'f',
          what: `${name}, lost claims`,
          unit: '%',
          values: [lost],
          atMost: 20,
        }),
      );
      const skews = rounds.map(({ skew }) => skew);
      const balance = `${name}, most starts of one against the least`;
      bench.row(rowOf({ scenario: 'f', what: balance, unit: '×', values: skews }));
    });
  }
}

export const crowd: Scenario = { letter: 'f', title: '1 to 16 agents', run };
