// Models that take several cards, as a table: which cards are lent to whom, when the model is loaded on them, and when
// they go back. Each line is all that the brain decides about cards in that world.
import { describe, expect, it } from 'vitest';
import type { OpenBatch, World } from '../../agents/brain/model.ts';
import type { AgentView } from '../../agents/brain/agent-view.ts';
import { noteMetaEnd } from '../../agents/brain/model-memory.ts';
import type { HeldModel } from '../../agents/protocol/heartbeat.ts';
import { withSystem } from './thinking.ts';
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

const AT = '2026-11-21T02:14:55.000Z';

const card = (
  agent: string,
  more: Partial<AgentView> = {},
  state?: HeldModel['state'],
): AgentView =>
  agentOf(agent, 4, {
    kind: 'gpu',
    card: { budgetMib: 4915, reservedMib: 0, isConstrained: false },
    models: [heldOf('big', state === undefined ? {} : { state }), heldOf('one')],
    ...more,
  });

const hot = (agent: string, model: string): AgentView =>
  card(agent, {
    models: ['big', 'one'].map((n) => heldOf(n, n === model ? { state: 'ready' } : {})),
  });

/** A card that says whom it is lent to. */
const lent = (agent: string, owner = 'gpu-1', more: Partial<AgentView> = {}): AgentView =>
  card(agent, {
    slots: 0,
    reservation: {
      at: AT,
      by: 'brain',
      reason: 'a test',
      until: null,
      lent_to: { agent: owner, model: 'big' },
    },
    ...more,
  });

const POLICY = policyOf({
  models: { big: { ...MODEL, vramMib: 6000, cards: 2 }, one: MODEL },
  modelPolicy: { residencyMsMin: 0, idleUnloadMs: 60_000, maxWaitMs: 30_000, groupStableMs: 5000 },
  runtime: { ownerGraceS: 60 },
  agent: { leaseMs: 20_000 },
});

const ABOUT_CARDS = /^(wish|lend|take_back|recall|fail) /;

/** What is decided about cards at one look, so long after the first. */
const at = (world: World, laterMs: number): string[] =>
  linesDecided(world, { policy: POLICY, nowMs: NOW_MS + laterMs })
    .filter((line) => ABOUT_CARDS.test(line))
    .map((line) => line.replace('wish tutti/', '').replace(' tutti ', ' '));

/** The same after a look at the beginning. */
function cards(world: World, laterMs = 0): string[] {
  const now = at(world, 0);
  return laterMs === 0 ? now : at(world, laterMs);
}

const ask = (model: string) => ({ task_class: 'llm', llm_model: model, command: 'true' });
const SCRIPT = { task_class: 'script', command: 'true' };
const asking = (...models: readonly string[]): OpenBatch =>
  batchOf('demo', Object.fromEntries(models.map((model, n) => [`t${n}`, ask(model)])));

const GATHER = 'lend gpu-2 to gpu-1: 1 task waits for big, which takes 2 cards with gpu-1';

describe('a model of two cards that a task waits for', () => {
  it('has a card lent to the other one', () => {
    expect(cards(worldOf([asking('big')], [card('gpu-1'), card('gpu-2')]))).toEqual([GATHER]);
    const three = [card('gpu-3'), card('gpu-1'), card('gpu-2')];
    expect(cards(worldOf([asking('big')], three))).toEqual([GATHER]);
  });

  it('takes cards of one host, and those that it disturbs least', () => {
    const apart = [card('gpu-1'), card('gpu-2', { host: 'other' })];
    expect(cards(worldOf([asking('big')], apart))).toEqual([]);
    const busy = [hot('gpu-1', 'one'), card('gpu-2'), card('gpu-3')];
    expect(cards(worldOf([asking('big')], busy))).toEqual([
      'lend gpu-3 to gpu-2: 1 task waits for big, which takes 2 cards with gpu-2',
    ]);
    const two = [hot('gpu-1', 'one'), card('gpu-2')];
    expect(cards(worldOf([asking('big')], two))).toEqual([
      'lend gpu-1 to gpu-2: 1 task waits for big, which takes 2 cards with gpu-2',
    ]);
  });

  it('does not take the card of a model that is wanted, until it has waited too long', () => {
    const world = worldOf([asking('big', 'one')], [hot('gpu-1', 'one'), card('gpu-2')]);
    expect(cards(world, 29_999)).toEqual([]);
    expect(cards(world, 30_000)).toHaveLength(1);
  });

  it('leaves the last card to scripts, until it has waited too long', () => {
    const batch = batchOf('demo', { a: ask('big'), b: SCRIPT });
    const world = worldOf([batch], [card('gpu-1'), card('gpu-2')]);
    expect(cards(world, 29_999)).toEqual([]);
    expect(cards(world, 30_000)).toEqual([GATHER]);
    expect(cards(worldOf([batch], [card('gpu-1'), card('gpu-2'), card('gpu-3')]))).toEqual([
      GATHER,
    ]);
  });

  it('is loaded when the lent card has been free for a while, without a break', () => {
    const world = worldOf([asking('big')], [card('gpu-1'), lent('gpu-2')]);
    expect(cards(world, 4999)).toEqual([]);
    const load = 'load_split_gpu-1_1 big on gpu-1: 1 task waits for big, and gpu-2 gathered';
    expect(at(world, 5000)).toEqual([load]);
    world.agents.set('gpu-2', lent('gpu-2', 'gpu-1', { overdueMs: new Map([['a/b/1', -9]]) }));
    expect(at(world, 6000)).toEqual([]);
    world.agents.set('gpu-2', lent('gpu-2'));
    expect(at(world, 9000)).toEqual([]);
    expect(at(world, 14_000)).toEqual([load]);
  });

  it('waits for what runs on the lent card, and for its model, however long', () => {
    const running = { overdueMs: new Map([['a/b/1', -9]]) };
    expect(
      cards(worldOf([asking('big')], [card('gpu-1'), lent('gpu-2', 'gpu-1', running)]), 29_000),
    ).toEqual([]);
    const models = { models: [heldOf('big'), heldOf('one', { state: 'ready' })] };
    expect(
      cards(worldOf([asking('big')], [card('gpu-1'), lent('gpu-2', 'gpu-1', models)]), 29_000),
    ).toEqual([]);
  });

  it('has room made on the card of the owner', () => {
    const world = worldOf([asking('big')], [hot('gpu-1', 'one'), lent('gpu-2')]);
    expect(cards(world, 5000)).toEqual([
      'unload_llm_gpu-1_1 one on gpu-1: 1 task waits for big, and nothing waits for one',
    ]);
  });

  it('is known after a restart by what the lent card says, and lent again when it says nothing', () => {
    const world = worldOf([asking('big')], [card('gpu-1'), lent('gpu-2')]);
    expect(cards(world)).toEqual([]);
    world.agents.set('gpu-2', card('gpu-2'));
    expect(cards(world, 9999)).toEqual([]);
    expect(cards(world, 10_000)).toEqual(['lend gpu-2 to gpu-1: its heartbeat says nothing of it']);
  });
});

describe('a lent card', () => {
  const back = (reason: string): string[] => [`take_back gpu-2: ${reason}`];
  const owner = (state: HeldModel['state'], more: Partial<AgentView> = {}): AgentView =>
    card('gpu-1', more, state);

  it.each(['loading', 'ready', 'unloading'] as const)('stays while the model is %s', (state) => {
    expect(cards(worldOf([], [owner(state), lent('gpu-2')]), 1000)).toEqual([]);
  });

  it('stays when its own agent is gone while the model is held, and goes back when it was only gathered', () => {
    const gone = lent('gpu-2', 'gpu-1', { state: 'lost', isLost: true });
    expect(cards(worldOf([asking('big')], [owner('ready'), gone]), 90_000)).toEqual([]);
    expect(cards(worldOf([asking('big')], [card('gpu-1'), gone]))).toEqual(
      back('gpu-2 is not there any more'),
    );
  });

  it('goes back when nothing waits any more, when the owner stopped, or was stopped from working', () => {
    expect(cards(worldOf([], [card('gpu-1'), lent('gpu-2')]))).toEqual(
      back('nothing waits for big any more'),
    );
    const stopped = card('gpu-1', { state: 'stopped', slots: 0 });
    expect(cards(worldOf([asking('big')], [stopped, lent('gpu-2')]))).toEqual(
      back('gpu-1 has stopped'),
    );
    expect(cards(worldOf([asking('big')], [card('gpu-1', { slots: 0 }), lent('gpu-2')]))).toEqual(
      back('gpu-1 takes nothing new'),
    );
  });

  it('stays for as long as a server may outlive its owner', () => {
    const lost = owner('ready', { state: 'lost', isLost: true, slots: 0 });
    const world = (): World => worldOf([asking('big')], [lost, lent('gpu-2')]);
    expect(cards(world(), 79_999)).toEqual([]);
    expect(cards(world(), 80_000)).toEqual(back('gpu-1 is gone, and its server with it'));
  });

  it('goes back when a person reserves it before the load, and the group is gathered elsewhere', () => {
    const theirs = { at: AT, by: 'ann@here', reason: 'mine', until: null, lent_to: null };
    const world = worldOf([asking('big')], [card('gpu-1'), lent('gpu-2'), card('gpu-3')]);
    expect(cards(world)).toEqual([]);
    world.agents.set('gpu-2', card('gpu-2', { slots: 0, reservation: theirs }));
    expect(cards(world)).toEqual(back('gpu-2 is reserved by ann@here: mine'));
    world.memory.lent.delete('gpu-2');
    expect(cards(world)).toEqual([
      'lend gpu-3 to gpu-1: 1 task waits for big, which takes 2 cards with gpu-1',
    ]);
  });

  it('goes back when the roster has no models any more', () => {
    const bare = { models: [] };
    const world = worldOf([], [card('gpu-1', bare), lent('gpu-2', 'gpu-1', bare)]);
    expect(linesDecided(world)).toEqual([
      'take_back tutti gpu-2: gpu-1 cannot hold big: it is not in its roster',
    ]);
  });

  it('is not taken up again from the heartbeat that still tells of it', () => {
    const world = worldOf([], [card('gpu-1'), lent('gpu-2')]);
    expect(cards(world)).toHaveLength(1);
    world.memory.lent.delete('gpu-2');
    world.memory.returned.set('gpu-2', AT);
    expect(cards(world)).toEqual([]);
  });
});

describe('a group that could not load its model', () => {
  const failure = {
    untilMs: NOW_MS + 900_000,
    message: 'out of memory',
    batch: 'tutti-20261121-021455-00001',
    incarnation: 'one',
  };

  it('is set aside, and the next one is tried', () => {
    const world = worldOf([asking('big')], [card('gpu-1'), lent('gpu-2'), card('gpu-3')]);
    expect(cards(world)).toEqual([]);
    noteMetaEnd(world, { agent: 'gpu-1', model: 'big' }, 'load_split', failure);
    expect(cards(world)).toEqual(['take_back gpu-2: gpu-1 could not load big: out of memory']);
    world.memory.lent.delete('gpu-2');
    world.agents.set('gpu-2', card('gpu-2'));
    expect(cards(world)).toEqual([
      'lend gpu-3 to gpu-2: 1 task waits for big, which takes 2 cards with gpu-2',
    ]);
  });

  it('is tried again when its agent was started anew, but not when the agent itself was lost', () => {
    for (const [incarnation, lines] of [
      ['one', [GATHER]],
      [null, []],
    ] as const) {
      const world = worldOf([asking('big')], [card('gpu-1'), card('gpu-2')]);
      const failed = { ...failure, incarnation };
      noteMetaEnd(world, { agent: 'gpu-1', model: 'big' }, 'load_split', failed);
      expect(cards(world)).toEqual([]);
      world.agents.set('gpu-1', card('gpu-1', { incarnation: 'two' }));
      expect(cards(world)).toEqual(lines);
    }
  });

  it('keeps the batch of its wish open as long as it counts', () => {
    const world = worldOf([], [card('gpu-1'), card('gpu-2')]);
    expect(withSystem(world).batch.id).toBe(failure.batch);
    world.system = null;
    noteMetaEnd(world, { agent: 'gpu-1', model: 'big' }, 'load_split', failure);
    const summaries = (nowMs: number): string[] =>
      linesDecided(world, { policy: POLICY, nowMs }).filter((line) => line.startsWith('summarise'));
    expect(summaries(failure.untilMs - 1)).toEqual([]);
    expect(summaries(failure.untilMs)).toHaveLength(1);
  });

  it('leaves its tasks to the next model of their role, or fails them, when there are too few cards', () => {
    const batch = asking('big');
    put(batch, { t0: 'queued' });
    const { entry } = batch.byTask.get('t0')!;
    if (entry.state.is === 'queued') Object.assign(entry.state.name, { model: 'big' });
    const world = worldOf([batch], [card('gpu-1'), card('gpu-2')]);
    noteMetaEnd(world, { agent: 'gpu-1', model: 'big' }, 'load_split', failure);
    expect(cards(world)).toEqual([
      'fail demo/t0 from queue as unserved a1f0l0n0: no model for it could be loaded: big (gpu-1: out of memory)',
    ]);
  });
});
