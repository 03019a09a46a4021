// When models come and go, as a table: which card loads which, which gives one up, and why. Each line is all that
// the brain wishes in that world.
import { describe, expect, it } from 'vitest';
import type { OpenBatch, World } from '../../agents/brain/model.ts';
import type { AgentView } from '../../agents/brain/agent-view.ts';
import type { Policy } from '../../agents/brain/policy.ts';
import { noteMetaEnd } from '../../agents/brain/model-memory.ts';
import type { HeldModel } from '../../agents/protocol/heartbeat.ts';
import { SYSTEM_PLAN } from '../../agents/protocol/ids.ts';
import {
  agentOf,
  batchOf,
  heldOf,
  linesDecided,
  MODEL,
  NOW_MS,
  policyOf,
  put,
  worldOf,
} from './world.ts';

const BUDGET_MIB = 4915;

const card = (
  agent: string,
  models: readonly HeldModel[],
  more: Partial<AgentView> = {},
): AgentView =>
  agentOf(agent, 4, {
    kind: 'gpu',
    card: { budgetMib: BUDGET_MIB, reservedMib: 0, isConstrained: false },
    models,
    ...more,
  });

const cold = (agent: string): AgentView => card(agent, [heldOf('one'), heldOf('two')]);
const hot = (agent: string, model: string): AgentView =>
  card(
    agent,
    ['one', 'two'].map((name) => heldOf(name, name === model ? { state: 'ready' } : {})),
  );

const ask = (model: string) => ({ task_class: 'llm', llm_model: model, command: 'true' });
const SCRIPT = { task_class: 'script', command: 'true' };

const rosterOf = (policy: object = {}, more: object = {}) =>
  policyOf({
    models: { one: MODEL, two: MODEL },
    modelPolicy: { residencyMsMin: 0, idleUnloadMs: 60_000, maxWaitMs: 30_000, ...policy },
    ...more,
  });

/** What it wishes at `NOW_MS`, and `laterMs` after it had looked then. */
function wishes(world: World, policy = rosterOf(), laterMs = 0): string[] {
  const now = wishesAt(world, policy, 0);
  return laterMs === 0 ? now : wishesAt(world, policy, laterMs);
}

const wishesAt = (world: World, policy: Policy, laterMs: number): string[] =>
  linesDecided(world, { policy, nowMs: NOW_MS + laterMs })
    .filter((line) => line.startsWith('wish'))
    .map((line) => line.replace('wish tutti/', ''));

const asking = (...models: readonly string[]): OpenBatch =>
  batchOf('demo', Object.fromEntries(models.map((model, n) => [`t${n}`, ask(model)])));

/** A wish that is on its way. */
function unloading(agent: string, model: string, room: string): OpenBatch {
  const open = batchOf(SYSTEM_PLAN, { unload: SCRIPT });
  const { group, entry } = open.byTask.get('unload')!;
  Object.assign(group, { task: { ...group.task, builtin: 'unload_llm' } });
  Object.assign(entry, { items: [{ model, agent, for: room }] });
  put(open, { unload: 'queued' });
  return open;
}

describe('a model that tasks wait for', () => {
  it('is loaded where nothing is', () => {
    expect(wishes(worldOf([asking('one', 'one')], [cold('gpu-1'), cold('gpu-2')]))).toEqual([
      'load_llm_gpu-1_1 one on gpu-1: 2 tasks wait for one, and no card serves it',
    ]);
  });

  it('is not loaded where a card has it, or is loading it', () => {
    expect(wishes(worldOf([asking('one')], [hot('gpu-1', 'one'), cold('gpu-2')]))).toEqual([]);
    const loading = card('gpu-1', [heldOf('one', { state: 'loading' })]);
    expect(wishes(worldOf([asking('one')], [loading, cold('gpu-2')]))).toEqual([]);
  });

  it('comes beside another one when both have room', () => {
    const small = [heldOf('one', { state: 'ready', vram_need_mib: 1000, vram_reserved_mib: 1000 })];
    const world = worldOf([asking('one', 'two')], [card('gpu-1', [...small, heldOf('two')])]);
    expect(wishes(world)).toEqual([
      'load_llm_gpu-1_1 two on gpu-1: 1 task waits for two, and no card serves it',
    ]);
  });

  it('takes the place of one whose last task waits for nothing but its rating', () => {
    const tried = asking('one', 'two');
    put(tried, { t0: 'failed a1f1l0n0' });
    expect(wishes(worldOf([tried], [hot('gpu-1', 'one')]))).toEqual([]);
    const rated = asking('one', 'two');
    put(rated, { t0: 'unrated' });
    expect(wishes(worldOf([rated], [hot('gpu-1', 'one')]))).toEqual([
      'unload_llm_gpu-1_1 one on gpu-1: 1 task waits for two, and nothing waits for one',
    ]);
  });

  it('takes the place of one that nothing waits for', () => {
    expect(wishes(worldOf([asking('two')], [hot('gpu-1', 'one')]))).toEqual([
      'unload_llm_gpu-1_1 one on gpu-1: 1 task waits for two, and nothing waits for one',
    ]);
  });

  it('takes the place of one that another card serves as well', () => {
    const world = worldOf([asking('one', 'two')], [hot('gpu-1', 'one'), hot('gpu-2', 'one')]);
    expect(wishes(world)).toEqual([
      'unload_llm_gpu-1_1 one on gpu-1: 1 task waits for two, and another card serves one',
    ]);
  });

  it('waits for one that is wanted, until it has waited too long', () => {
    const world = worldOf([asking('one', 'two')], [hot('gpu-1', 'one')]);
    expect(wishes(world, rosterOf(), 29_999)).toEqual([]);
    expect(wishes(world, rosterOf(), 30_000)).toEqual([
      'unload_llm_gpu-1_1 one on gpu-1: 1 task waits for two, for 30 s',
    ]);
  });

  it('waits for one that has just come', () => {
    const world = worldOf([asking('two')], [hot('gpu-1', 'one')]);
    const policy = rosterOf({ residencyMsMin: 5000 });
    expect(wishes(world, policy, 4999)).toEqual([]);
    expect(wishes(world, policy, 5000)).toHaveLength(1);
  });

  it('leaves the last card to scripts that wait, until it has waited too long', () => {
    const batch = batchOf('demo', { a: ask('one'), b: SCRIPT });
    expect(wishes(worldOf([batch], [cold('gpu-1'), cold('gpu-2')]))).toHaveLength(1);
    const world = worldOf([batch], [cold('gpu-1')]);
    expect(wishes(world, rosterOf(), 29_999)).toEqual([]);
    expect(wishes(world, rosterOf(), 30_000)).toEqual([
      'load_llm_gpu-1_1 one on gpu-1: 1 task waits for one, and no card serves it',
    ]);
  });

  it('keeps its turn while room is made for it', () => {
    const three = { models: { one: MODEL, two: MODEL, three: MODEL } };
    const policy = rosterOf({}, three);
    const names = ['one', 'two', 'three'];
    const world = worldOf([asking('one', 'two')], [hot('gpu-1', 'one')]);
    expect(wishesAt(world, policy, 0)).toEqual([]);
    const unload = unloading('gpu-1', 'one', 'two');
    world.batches.set(unload.batch.id, unload);
    expect(wishesAt(world, policy, 30_000)).toEqual([]);
    // A batch that comes meanwhile is not served first, although its clock runs without a break.
    world.batches.set('late', asking('three', 'three'));
    expect(wishesAt(world, policy, 31_000)).toEqual([]);
    world.batches.delete(unload.batch.id);
    world.agents.set(
      'gpu-1',
      card(
        'gpu-1',
        names.map((name) => heldOf(name)),
      ),
    );
    expect(wishesAt(world, policy, 36_000)).toEqual([
      'load_llm_gpu-1_1 two on gpu-1: 1 task waits for two, and no card serves it',
    ]);
  });

  it('is not loaded where it was refused, nor where it failed lately', () => {
    const small = card('gpu-1', [heldOf('one', { refused: 'needs too much' })]);
    const world = worldOf([asking('one')], [small, cold('gpu-2'), cold('gpu-3')]);
    const about = { message: 'out of memory', batch: 'tutti', incarnation: 'one' };
    const failure = { untilMs: NOW_MS + 1000, ...about };
    noteMetaEnd(world, { agent: 'gpu-2', model: 'one' }, 'load_llm', failure);
    expect(wishes(world)).toEqual([
      'load_llm_gpu-3_1 one on gpu-3: 1 task waits for one, and no card serves it',
    ]);
  });

  it('is not asked for again before a heartbeat shows the load that has just ended', () => {
    const world = worldOf([asking('one')], [cold('gpu-1')]);
    noteMetaEnd(world, { agent: 'gpu-1', model: 'one' }, 'load_llm', null);
    expect(wishes(world)).toEqual([]);
  });

  it('comes to a second card when much waits for it and nothing for that card', () => {
    const many = asking(...Array.from({ length: 8 }, () => 'one'));
    const cards = [hot('gpu-1', 'one'), cold('gpu-2')];
    expect(wishes(worldOf([many], cards), rosterOf({ copyWaitingPerSlot: 9 }))).toEqual([]);
    expect(wishes(worldOf([many], cards), rosterOf({ copyWaitingPerSlot: 8 }))).toEqual([
      'load_llm_gpu-2_1 one on gpu-2: 8 tasks wait for one, served by 1 so far',
    ]);
  });
});

describe('a model that nothing waits for', () => {
  it('goes when only scripts wait, and no other card takes them', () => {
    const batch = batchOf('demo', { b: SCRIPT });
    expect(wishes(worldOf([batch], [hot('gpu-1', 'one'), cold('gpu-2')]))).toEqual([]);
    expect(wishes(worldOf([batch], [hot('gpu-1', 'one')]))).toEqual([
      'unload_llm_gpu-1_1 one on gpu-1: 1 task waits for a card without a model',
    ]);
  });

  it('goes after it was idle for long, unless it is pinned or the idle model', () => {
    const world = (): World => worldOf([], [hot('gpu-1', 'one')]);
    expect(wishes(world(), rosterOf(), 59_999)).toEqual([]);
    expect(wishes(world(), rosterOf(), 60_000)).toEqual([
      'unload_llm_gpu-1_1 one on gpu-1: nothing has wanted it for 60 s',
    ]);
    expect(wishes(world(), rosterOf({ pins: { 'gpu-1': 'one' } }), 60_000)).toEqual([]);
    expect(wishes(world(), rosterOf({ idleModel: 'one' }), 60_000)).toEqual([]);
  });

  it('comes all the same when it is pinned, or the idle model and nothing else is wanted', () => {
    const pinned = wishes(
      worldOf([], [cold('gpu-1'), cold('gpu-2')]),
      rosterOf({ pins: { 'gpu-2': 'two' } }),
    );
    expect(pinned).toEqual(['load_llm_gpu-2_1 two on gpu-2: it is pinned to gpu-2']);
    const idle = rosterOf({ idleModel: 'calm' }, { aliases: { calm: 'two' } });
    expect(wishes(worldOf([], [cold('gpu-1')]), idle)).toEqual([
      'load_llm_gpu-1_1 two on gpu-1: nothing else is wanted',
    ]);
    expect(wishes(worldOf([batchOf('demo', { b: SCRIPT })], [cold('gpu-1')]), idle)).toEqual([]);
  });
});

describe('a task whose model cannot be loaded', () => {
  const broken = (): AgentView =>
    card('gpu-1', [heldOf('one', { refused: 'no such file' }), heldOf('two')]);

  it('goes back for the next model of its role', () => {
    const policy = rosterOf({}, { roles: { writer: { model: 'one', fallbacks: ['two'] } } });
    const batch = batchOf('demo', { a: ask('writer') });
    put(batch, { a: 'queued' }, policy);
    const { entry } = batch.byTask.get('a')!;
    if (entry.state.is === 'queued') Object.assign(entry.state.name, { model: 'one' });
    expect(linesDecided(worldOf([batch], [broken()]), { policy })).toEqual([
      'recall demo/a: two instead of one (gpu-1: no such file)',
    ]);
  });

  it('fails with the story of each when there is none', () => {
    const batch = asking('one');
    put(batch, { t0: 'queued' });
    const { entry } = batch.byTask.get('t0')!;
    if (entry.state.is === 'queued') Object.assign(entry.state.name, { model: 'one' });
    expect(linesDecided(worldOf([batch], [broken()]), { policy: rosterOf() })).toEqual([
      'fail demo/t0 from queue as unserved a1f0l0n0: no model for it could be loaded: one (gpu-1: no such file)',
    ]);
  });
});
