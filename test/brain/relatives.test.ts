// Who waits for whom, also along a chain that is as long as the longest plan.
import { describe, expect, it } from 'vitest';
import type { OpenBatch } from '../../agents/brain/model.ts';
import { downstreamOf, inOrder, upstreamOf } from '../../agents/brain/relatives.ts';
import type { PlanTask } from '../../agents/protocol/plan/types.ts';
import { batchOf, batchOfPlan } from './world.ts';

const LENGTH = 20_000;

function chain(): OpenBatch {
  const { plan } = batchOf('chain', { t0: { command: 'true' } });
  const [first] = plan.tasks as [PlanTask];
  const tasks = Array.from({ length: LENGTH }, (_, n) => ({
    ...first,
    name: `t${n}`,
    depends_on: n + 1 === LENGTH ? [] : [`t${n + 1}`],
  }));
  const goal = { target: 1, tolerance: 0, trackedTask: 't0', maxAttemptsMultiplier: 1 };
  return batchOfPlan('chain', { ...plan, tasks, goal });
}

it('in a chain of twenty thousand', () => {
  const open = chain();
  expect(open.goal?.forgiven.size).toBe(LENGTH);
  expect(upstreamOf(open.groups, 't9').size).toBe(LENGTH - 9);
  // With the summary, which waits for everything.
  expect(downstreamOf(open, 't9').size).toBe(10);
  const names = inOrder(open).map(({ name }) => name);
  expect([names.length, names[0], names.at(-2)]).toEqual([LENGTH + 1, `t${LENGTH - 1}`, 't0']);
});

describe('in a plan with templates', () => {
  const foreach = '{BATCH_PATH}/m.json';
  const open = batchOf('tree', {
    late: { command: 'true', depends_on: 'render, scan' },
    scan: { command: 'true' },
    render: { command: 'true {ITEM}', foreach, depends_on: 'scan' },
    check: { command: 'true {ITEM}', foreach, depends_on: 'render_{ITEM.id}' },
    other: { command: 'true' },
  });

  it('items count as the whole', () => {
    expect([...upstreamOf(open.groups, 'check')].toSorted()).toEqual(['check', 'render', 'scan']);
    const names = [...downstreamOf(open, 'render')].map(({ name }) => name);
    expect(names.toSorted()).toEqual(['batch_summary', 'check', 'late']);
    expect(downstreamOf(open, 'nobody').size).toBe(0);
  });

  it('each comes after what it waits for', () => {
    const names = inOrder(open).map(({ name }) => name);
    expect(names).toHaveLength(6);
    for (const { name, wholeDeps, itemDeps } of open.order) {
      for (const dep of [...wholeDeps, ...itemDeps]) {
        expect(names.indexOf(dep)).toBeLessThan(names.indexOf(name));
      }
    }
  });
});
