import { describe, expect, it } from 'vitest';
import {
  agentOf,
  batchOf,
  decided,
  linesDecided,
  NOW_MS,
  policyOf,
  put,
  worldOf,
} from './world.ts';

const TRUE = { command: 'true' };
const policy = policyOf({ retry: { backoffMs: 1000, notNowBackoffMs: 5000, jitterPercent: 0 } });

const linesAfter = (
  state: string,
  waitMs: number,
  fields: object = {},
  agents = [agentOf('cpu-1', 1)],
): string[] => {
  const open = batchOf('demo', { a: { ...TRUE, ...fields } });
  put(open, { a: state }, policy);
  return linesDecided(worldOf([open], agents), { policy, nowMs: NOW_MS + waitMs });
};

describe('a failed task is tried again when its backoff is over', () => {
  it.each<[string, number, string]>([
    ['failed', 1000, 'a2f1l0n0'],
    ['crashed a2f1l0n0', 2000, 'a3f2l0n0'],
    ['timeout a4f1l2n0', 8000, 'a5f2l2n0'],
    ['missing_input', 1000, 'a2f1l0n0'],
    ['not_now', 5000, 'a2f0l0n1'],
    ['not_now a3f1l0n2', 20_000, 'a4f1l0n3'],
    ['lost a2f0l1n0', 2000, 'a3f0l2n0'],
    ['returned', 0, 'a2f0l0n0'],
  ])('%s: after %s ms', (state, waitMs, counts) => {
    const line = `retry demo/a to 5.cpu.1024.${counts}: attempt ${state.match(/a(\d)f/)?.[1] ?? 1} ended ${state.split(' ')[0]}`;
    expect(linesAfter(state, waitMs)).toEqual([line]);
    expect(linesAfter(state, waitMs - 1)).toEqual([]);
  });

  it.each([
    ['failed cpu-1', ' not cpu-1'],
    ['timeout cpu-1', ' not cpu-1'],
    ['not_now cpu-1', ''],
    ['returned cpu-1', ''],
  ])('%s: another agent is preferred%s', (state, avoid) => {
    const two = [agentOf('cpu-1', 1), agentOf('cpu-2', 1)];
    const [line] = linesAfter(state, 60_000, {}, two);
    expect(line).toMatch(new RegExp(`a2f[01]l0n[01]${avoid}: `));
  });

  it('and nobody waits for another agent where there is none that takes the class', () => {
    expect(linesAfter('failed cpu-1', 60_000)[0]).toContain('a2f1l0n0: ');
    const busy = [agentOf('gpu-1', 1), agentOf('cpu-1', 1)];
    const script = linesAfter('failed gpu-1', 60_000, { task_class: 'script' }, busy);
    expect(script[0]).toContain('a2f1l0n0: ');
  });

  it('and not after `retries` of its own', () => {
    const over = 'summarise demo: every task has ended';
    expect(linesAfter('failed', 60_000, { retries: 0 })).toEqual([over]);
    expect(linesAfter('failed a3f2l0n0', 60_000, { retries: 5 })).toEqual([
      'retry demo/a to 5.cpu.1024.a4f3l0n0: attempt 3 ended failed',
    ]);
    expect(linesAfter('failed a3f2l0n0', 60_000)).toEqual([over]);
  });

  it('the brain’s own tasks go back behind their dependencies, with what they used up', () => {
    expect(linesAfter('failed brain', 60_000, { executor: 'brain', task_class: 'brain' })).toEqual([
      'revive demo/a as a1f1l0n0: attempt 1 ended failed',
    ]);
    const open = batchOf('demo', { a: { ...TRUE, executor: 'brain' } });
    put(open, { a: 'waiting a1f1l0n0' });
    expect(linesDecided(worldOf([open]))).toEqual([
      'begin demo/a to 5.brain.0.a2f1l0n0: it depends on nothing',
    ]);
  });

  it('behind what was released before: also by the first decision of a brain', () => {
    const open = batchOf('demo', { a: TRUE, b: TRUE });
    put(open, { a: 'returned' });
    const [retry, release] = decided(worldOf([open]));
    expect([retry?.is, release?.is]).toEqual(['retry', 'release']);
    const ranks = [retry, release].map((decision) =>
      decision !== undefined && 'to' in decision ? decision.to.rank : '',
    );
    // 64 ranks a millisecond since 1970, so that a later brain goes on behind an earlier one.
    expect(Number.parseInt(ranks[0]!.slice(2), 36)).toBeGreaterThan(Date.UTC(2026, 0, 1) * 64);
    expect(ranks[0]! < ranks[1]!).toBe(true);
  });

  it('by their priority, whatever the window holds', () => {
    const open = batchOf('demo', { a: { ...TRUE, priority: 'high' }, b: TRUE });
    put(open, { a: 'failed', b: 'queued' }, policy);
    const small = policyOf({ brain: { releaseWindowMin: 0, releaseWindowPerSlot: 0 } });
    expect(linesDecided(worldOf([open]), { policy: small, nowMs: NOW_MS + 60_000 })).toEqual([
      'retry demo/a to 8.cpu.1024.a2f1l0n0: attempt 1 ended failed',
    ]);
  });
});
