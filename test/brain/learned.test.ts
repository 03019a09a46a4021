// What is learned of the memory of scripts, and what their next release asks for.
import { expect, it } from 'vitest';
import { learn, needFor } from '../../agents/brain/learned.ts';
import type { World } from '../../agents/brain/model.ts';
import type { AttemptRecord } from '../../agents/protocol/attempt.ts';
import { agentOf, batchOf, linesDecided, policyOf, put, worldOf } from './world.ts';

const POLICY = policyOf({ brain: { inferRunsMax: 3, inferTasksMax: 2 } });
const script = (more: object = {}) => ({ task_class: 'script', command: 'x', ...more });
const INFER = script({ vram_policy: 'infer', vram_estimate_mb: 500 });

function open(tasks: Parameters<typeof batchOf>[1], budgetMib = 8000) {
  const batch = batchOf('demo', tasks);
  const card = { budgetMib, reservedMib: 0, isConstrained: false };
  return { batch, world: worldOf([batch], [agentOf('gpu-1', 4, { kind: 'gpu', card })]) };
}

/** Answers which of these peaks taught anything. */
function teach(
  world: World,
  task: string,
  ...peaks: readonly (number | string | null)[]
): boolean[] {
  const [batch] = [...world.batches.values()];
  return peaks.map((peak) => {
    const outcome = typeof peak === 'string' ? 'failed' : 'complete';
    const vram_peak_mib = peak === null ? null : Number(peak);
    const record = { outcome, vram_peak_mib, finished_at: '' } as AttemptRecord;
    return learn(world, batch!, batch!.groups.get(task)!, record, POLICY);
  });
}

const need = (world: World, task: string) => {
  const [batch] = [...world.batches.values()];
  return needFor(world, batch!, batch!.groups.get(task)!, POLICY).vram;
};

it('goes by the highest of the latest runs, with a margin, in steps of 64 MiB', () => {
  const { world } = open({ a: INFER });
  expect(need(world, 'a')).toBe(500);
  expect(teach(world, 'a', 1000)).toEqual([true]);
  expect(need(world, 'a')).toBe(1216);
  teach(world, 'a', 2000, 300, 400);
  expect(need(world, 'a')).toBe(2432);
  // Three runs are kept: the high one is forgotten.
  teach(world, 'a', 350);
  expect(need(world, 'a')).toBe(512);
});

it('learns nothing from what was not measured, and from a failure only that it takes more', () => {
  const { world } = open({
    a: INFER,
    plain: script({ vram_estimate_mb: 500 }),
    c: { command: 'x' },
  });
  expect(teach(world, 'a', null, 0, 1000, '900', '1500')).toEqual([
    false,
    false,
    true,
    false,
    true,
  ]);
  expect(need(world, 'a')).toBe(1856);
  expect([...teach(world, 'plain', 3000), ...teach(world, 'c', 3000)]).toEqual([false, false]);
  expect(need(world, 'plain')).toBe(500);
});

it('never asks for more than the largest card has, and forgets what it heard of first', () => {
  const { world } = open({ a: INFER, b: INFER, c: INFER }, 3000);
  teach(world, 'a', 2900);
  expect(need(world, 'a')).toBe(3000);
  teach(world, 'b', 100);
  teach(world, 'c', 100);
  expect([...world.memory.learned.keys()]).toEqual(['demo/b', 'demo/c']);
  expect(need(world, 'a')).toBe(500);
});

it('releases and retries by what is known at that moment', () => {
  const { world, batch } = open({ a: INFER, b: INFER });
  const policy = { policy: POLICY };
  expect(linesDecided(world, policy).toSorted()).toEqual([
    'release demo/a to 5.script.500.a1f0l0n0: it depends on nothing',
    'release demo/b to 5.script.500.a1f0l0n0: it depends on nothing',
  ]);
  teach(world, 'a', '1000');
  put(batch, { b: 'failed' }, POLICY);
  teach(world, 'b', '2000');
  expect(linesDecided(world, { ...policy, nowMs: 2_000_000 }).toSorted()).toEqual([
    'release demo/a to 5.script.1216.a1f0l0n0: it depends on nothing; needs 1216 MiB, learned from 1 run',
    'retry demo/b to 5.script.2432.a2f1l0n0: attempt 1 ended failed; needs 2432 MiB, learned from 1 run',
  ]);
});
