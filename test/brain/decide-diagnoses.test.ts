// How a batch with failures ends: what the model is asked, how long the summary waits, and where it asks nothing.
import { describe, expect, it } from 'vitest';
import type { OpenBatch, World } from '../../agents/brain/model.ts';
import { batchOf, decided, linesDecided, NOW_MS, policyOf, put, worldOf } from './world.ts';
import { thinking, thinkOf, withSystem } from './thinking.ts';

const policy = thinking({ diagnosesMax: 2, diagnoseWaitMs: 1000 });
const once = { task_class: 'cpu', command: 'false', retries: 0 };

function setUp(states: Record<string, string>): { open: OpenBatch; world: World } {
  const open = batchOf('demo', Object.fromEntries(Object.keys(states).map((name) => [name, once])));
  put(open, states, policy);
  const world = worldOf([open]);
  withSystem(world);
  return { open, world };
}

const linesFor = (world: World, laterMs = 0, its = policy): string[] =>
  linesDecided(world, { policy: its, nowMs: NOW_MS + laterMs }).map((line) =>
    line.replace(/(diagnose_\w)_[0-9a-z]{7}/, '$1'),
  );

describe('a batch whose tasks have all ended', () => {
  it('asks why the first of them failed, and not why they were skipped', () => {
    const { world, open } = setUp({ a: 'failed', b: 'skipped', c: 'timeout', d: 'failed' });
    expect(linesFor(world)).toEqual([
      `think tutti/diagnose_a: ${open.batch.id}/a failed for good`,
      `think tutti/diagnose_c: ${open.batch.id}/c failed for good`,
    ]);
  });

  it('waits for the answers, and names them to the summary', () => {
    const { world, open } = setUp({ a: 'failed', c: 'failed' });
    const thought = thinkOf(world, 'diagnose', open, 'a', 'complete');
    thinkOf(world, 'diagnose', open, 'c', 'claimed cpu-1');
    expect(linesFor(world)).toEqual([]);
    expect(linesFor(world, 999)).toEqual([]);
    expect(linesFor(world, 1000)).toEqual([
      'summarise demo: every task has ended, and 1 diagnoses took too long',
    ]);
    const [end] = decided(world, { policy, nowMs: NOW_MS + 1000 });
    expect(end).toMatchObject({
      diagnoses: { [`${open.batch.id}/a/1`]: { batch: world.system, task: thought, attempt: 1 } },
    });
  });

  it('goes on when the model had no answer', () => {
    const { world, open } = setUp({ a: 'failed' });
    thinkOf(world, 'diagnose', open, 'a', 'unserved');
    expect(linesFor(world)).toEqual(['summarise demo: every task has ended']);
  });

  it.each<[string, Record<string, string>, ReturnType<typeof policyOf>]>([
    ['nothing failed', { a: 'complete' }, policy],
    ['no role is there to think', { a: 'failed' }, policyOf({})],
    ['nobody wants to know', { a: 'failed' }, thinking({ diagnosesMax: 0 })],
  ])('asks nothing when %s', (_, states, its) => {
    const { world } = setUp(states);
    expect(linesFor(world, 0, its)).toEqual(['summarise demo: every task has ended']);
  });

  it('asks nothing when it was cancelled', () => {
    const { world, open } = setUp({ a: 'failed' });
    open.control = { ...open.control, isCancelled: true };
    expect(linesFor(world)).toEqual(['summarise demo: every task has ended']);
  });
});
