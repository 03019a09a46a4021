import { describe, expect, it } from 'vitest';
import type { OpenBatch, World } from '../../agents/brain/model.ts';
import type { AgentView } from '../../agents/brain/agent-view.ts';
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
const claimed = (state = 'claimed cpu-1'): OpenBatch => {
  const open = batchOf('demo', { a: TRUE });
  put(open, { a: state });
  return open;
};
const lost = (more: Partial<AgentView> = {}): AgentView =>
  agentOf('cpu-1', 0, { state: 'lost', isLost: true, heartbeatAgeMs: 25_400, ...more });

describe('an agent that is lost', () => {
  it('loses its claims: they are released again, to others first', () => {
    expect(linesDecided(worldOf([claimed('claimed cpu-1 a2f1l0n0')], [lost()]))).toEqual([
      'requeue demo/a to 5.cpu.1024.a3f1l1n0 not cpu-1: agent cpu-1 is lost: no heartbeat for 25 s',
    ]);
  });

  it('and keeps the rank of its claim, so that nobody has to wait again', () => {
    const open = claimed();
    const [decision] = decided(worldOf([open], [lost()]));
    const { state } = open.byTask.get('a')!.entry;
    expect(decision).toMatchObject({
      is: 'requeue',
      to: { rank: state.is === 'claimed' && state.name.rank },
    });
  });

  it('takes a task that was lost too often down for good', () => {
    expect(linesDecided(worldOf([claimed('claimed cpu-1 a6f0l4n0')], [lost()]))).toEqual([
      'requeue demo/a to 5.cpu.1024.a7f0l5n0 not cpu-1: agent cpu-1 is lost: no heartbeat for 25 s',
    ]);
    expect(linesDecided(worldOf([claimed('claimed cpu-1 a6f0l5n0')], [lost()]))).toEqual([
      'lose demo/a: agent cpu-1 is lost: no heartbeat for 25 s; lost more than 5 times',
    ]);
  });

  it('also when the batch is paused or was cancelled', () => {
    for (const control of [{ isPaused: true }, { isCancelled: true }]) {
      const open = claimed();
      open.control = { ...open.control, ...control };
      expect(linesDecided(worldOf([open], [lost()]))).toHaveLength(1);
    }
  });

  it('an agent that stopped or is alive keeps its claims', () => {
    for (const agent of [agentOf('cpu-1', 1), agentOf('cpu-1', 0, { state: 'stopped' })]) {
      expect(linesDecided(worldOf([claimed()], [agent]))).toEqual([]);
    }
  });
});

describe('an agent without a heartbeat', () => {
  const policy = policyOf({ agent: { leaseMs: 20_000 } });

  it('gets one lease from when its claim was first seen', () => {
    const world = worldOf([claimed('claimed ghost')]);
    const at = (afterMs: number): string[] =>
      linesDecided(world, { policy, nowMs: NOW_MS + afterMs });
    expect(at(0)).toEqual([]);
    expect(at(20_000)).toEqual([]);
    expect(at(20_001)).toEqual([
      'requeue demo/a to 5.cpu.1024.a2f0l1n0 not ghost: agent ghost has no heartbeat',
    ]);
  });

  it('gets a new one for each claim', () => {
    const open = claimed('claimed ghost');
    const world = worldOf([open]);
    linesDecided(world, { policy });
    put(open, { a: 'claimed ghost a2f0l1n0' });
    expect(linesDecided(world, { policy, nowMs: NOW_MS + 30_000 })).toEqual([]);
    expect([...world.unknownSinceMs.keys()]).toEqual([`${open.batch.id}/a/2`]);
  });

  it('is forgiven when its heartbeat appears', () => {
    const world = worldOf([claimed('claimed cpu-1')]);
    linesDecided(world, { policy });
    world.agents.set('cpu-1', agentOf('cpu-1', 1));
    expect(linesDecided(world, { policy, nowMs: NOW_MS + 60_000 })).toEqual([]);
  });

  it('the brain’s own claims need none', () => {
    const open = batchOf('demo', { a: { ...TRUE, executor: 'brain' } });
    put(open, { a: 'claimed brain' });
    const world = worldOf([open]);
    expect(linesDecided(world)).toEqual([]);
    expect(linesDecided(world, { nowMs: NOW_MS + 999_999 })).toEqual([]);
  });
});

describe('a task that is stuck', () => {
  const policy = policyOf({ brain: { stuckGraceMs: 30_000, stuckKillMs: 120_000 } });

  function worldAt(overdueMs: number): { world: World; key: string } {
    const open = claimed();
    const key = `${open.batch.id}/a/1`;
    return {
      world: worldOf([open], [agentOf('cpu-1', 1, { overdueMs: new Map([[key, overdueMs]]) })]),
      key,
    };
  }

  it.each([
    [-5000, []],
    [29_999, []],
    [30_000, ['signal demo/a abort by brain to cpu-1: 30 s past its timeout']],
  ])('%s ms past its timeout', (overdueMs, lines) => {
    expect(linesDecided(worldAt(overdueMs).world, { policy })).toEqual(lines);
  });

  it.each([
    ['abort', 119_999, []],
    [
      'abort',
      120_000,
      [
        'signal demo/a kill by brain to cpu-1: 200 s past its timeout, and the abort did not end it',
      ],
    ],
    ['kill', 119_999, []],
    [
      'kill',
      120_000,
      [
        'escalate demo/a: 200 s past its timeout; neither abort nor kill ended it: look at agent cpu-1',
      ],
    ],
    ['manual', 999_999, []],
  ] as const)('after %s and %s ms', (step, agoMs, lines) => {
    const { world, key } = worldAt(200_000);
    world.escalations.set(key, { step, sinceMs: NOW_MS - agoMs });
    expect(linesDecided(world, { policy })).toEqual(lines);
  });

  it('the next attempt starts from the beginning: what was known of the claim is forgotten', () => {
    const { world, key } = worldAt(200_000);
    world.escalations.set(key, { step: 'kill', sinceMs: 0 });
    world.aborted.add(key);
    put([...world.batches.values()][0]!, { a: 'complete' });
    linesDecided(world, { policy });
    expect([world.escalations.size, world.aborted.size]).toEqual([0, 0]);
  });
});

describe('a released task whose file was set aside', () => {
  const quarantined = (state: string): World => {
    const open = claimed(state);
    const world = worldOf([open], [agentOf('cpu-1', 1)]);
    world.quarantined.set(`${open.batch.id}/a`, { open, located: open.byTask.get('a')! });
    return world;
  };

  it.each([
    ['queued', 'restore demo/a to 5.cpu.1024.a2f0l1n0: its file was damaged and is in quarantine'],
    ['claimed', 'restore demo/a to 5.cpu.1024.a2f0l1n0: its file was damaged and is in quarantine'],
    [
      'queued a6f0l5n0',
      'fail demo/a from none as lost a6f0l5n0: its file was damaged and is in quarantine',
    ],
  ])('%s is written anew, as long as it has losses left', (state, line) => {
    expect(linesDecided(quarantined(state))).toEqual([line]);
  });

  it('not when it has ended meanwhile', () => {
    expect(linesDecided(quarantined('denied'))).toEqual(['summarise demo: every task has ended']);
  });
});
