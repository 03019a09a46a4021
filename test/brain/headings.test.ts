// What one task costs the brain in a plan of ten thousand headings, against one of a thousand: its work per turn
// follows from what changed, not from how long the plan is.
import { expect, it } from 'vitest';
import { decide } from '../../agents/brain/decide.ts';
import { COMPLETE } from '../../agents/brain/model.ts';
import type { OpenBatch, World } from '../../agents/brain/model.ts';
import { setState } from '../../agents/brain/progress.ts';
import type { PlanTask } from '../../agents/protocol/plan/types.ts';
import { agentOf, batchOf, batchOfPlan, carryOut, NOW_MS, POLICY, worldOf } from './world.ts';

const SLOTS = 2;

/** One task, `count` that wait for it by name, and one that waits for all of those. */
function fanOf(count: number): OpenBatch {
  const { plan } = batchOf('fan', {
    root: { command: 'true' },
    leaf: { command: 'true', depends_on: 'root' },
    join: { command: 'true', depends_on: 'leaf' },
  });
  const [root, leaf, join] = plan.tasks as [PlanTask, PlanTask, PlanTask];
  const names = Array.from({ length: count }, (_, index) => `leaf${index}`);
  const leaves = names.map((name) => ({ ...leaf, name }));
  return batchOfPlan('fan', { ...plan, tasks: [root, ...leaves, { ...join, depends_on: names }] });
}

/** One turn: what is queued is claimed and ends, a few at a time, and the brain decides until nothing follows. */
function turn(world: World): number {
  const now = { monotonicMs: NOW_MS, wallMs: NOW_MS };
  for (let decisions = decide(world, POLICY, now); decisions.length > 0;) {
    carryOut(world, decisions);
    decisions = decide(world, POLICY, now).filter(({ is }) => is === 'release');
  }
  const [open] = world.batches.values();
  const ended = [...open!.outstanding.values()].slice(0, SLOTS);
  for (const { group, entry } of ended) setState(open!, group, entry, COMPLETE);
  return ended.length;
}

/** CPU time of a task in µs, over `tasks` of them after the first `tasks`. */
function cpuUsPerTask(headings: number, tasks: number): number {
  const world = worldOf([fanOf(headings)], [agentOf('cpu-1', SLOTS)]);
  const run = (count: number): number => {
    let done = 0;
    while (done < count) done += turn(world);
    return done;
  };
  run(tasks);
  const before = process.cpuUsage();
  const done = run(tasks);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / done;
}

it('a task costs the brain the same among 10,000 headings as among 1,000', () => {
  cpuUsPerTask(1000, 400);
  const small = cpuUsPerTask(1000, 400);
  const large = cpuUsPerTask(10_000, 400);
  expect(large / small, JSON.stringify({ small, large })).toBeLessThanOrEqual(3);
});
