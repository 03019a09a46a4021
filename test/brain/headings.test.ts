// What one task costs the brain in a plan of ten thousand headings, against one of a thousand: its work per turn
// follows from what changed, not from how long the plan is.
import { describe, expect, it } from 'vitest';
import { decide } from '../../agents/brain/decide.ts';
import { COMPLETE } from '../../agents/brain/model.ts';
import type { OpenBatch, World } from '../../agents/brain/model.ts';
import { pictureText } from '../../agents/brain/picture.ts';
import { setState } from '../../agents/brain/progress.ts';
import { stateSchema } from '../../agents/protocol/state.ts';
import type { BrainState } from '../../agents/protocol/state.ts';
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

const HEAD = {
  epoch: 1,
  seq: 1,
  at: '2026-01-01T00:00:00.000Z',
  host: '"groups": []',
  pid: 1,
  start_time: '1',
  boot_id: 'b',
  brain: 'running',
  interval_ms: 1000,
} as const;

describe('the picture', () => {
  const parse = (world: World): BrainState =>
    stateSchema.parse(JSON.parse(pictureText(HEAD, world, NOW_MS)));

  it('says of each heading of each batch how it stands, also after it has changed', () => {
    const [one, two] = [fanOf(2), batchOf('two', { only: { command: 'true' } })];
    const world = worldOf([one, two], []);
    const stands = (): unknown[] =>
      parse(world).batches.map(({ batch, groups }) => [
        batch,
        groups.map(({ task, waiting, complete }) => `${task} ${waiting}/${complete}`),
      ]);
    const before = ['root 1/0', 'leaf0 1/0', 'leaf1 1/0', 'join 1/0', 'batch_summary 1/0'];
    const other = [two.batch.id, ['only 1/0', 'batch_summary 1/0']];
    expect(stands()).toEqual([[one.batch.id, before], other]);
    const { group, entry } = one.byTask.get('leaf1')!;
    setState(one, group, entry, COMPLETE);
    const after = before.with(2, 'leaf1 0/1');
    expect(stands()).toEqual([[one.batch.id, after], other]);
    expect(parse(world).host).toBe(HEAD.host);
  });

  it('is not made anew for headings that nothing happened to', () => {
    const open = fanOf(10_000);
    const world = worldOf([open], []);
    pictureText(HEAD, world, NOW_MS);
    const { group, entry } = open.byTask.get('leaf7')!;
    const isKept = (): boolean[] => open.order.map(({ picture }) => picture !== null);
    expect(isKept().every(Boolean)).toBe(true);
    setState(open, group, entry, COMPLETE);
    expect(isKept().filter((kept) => !kept)).toHaveLength(1);
  });
});
