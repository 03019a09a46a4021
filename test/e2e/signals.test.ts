// Signals to running work: abort and kill for a task, stop for an agent. The whole tree of processes ends,
// also what ignores TERM and what left its group.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TaskSignal } from '../../agents/protocol/signal.ts';
import { liftSignal } from '../../agents/store/signals.ts';
import { eventually } from '../helpers/eventually.ts';
import { planText } from '../helpers/plan-text.ts';
import * as play from '../helpers/plays.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { namesIn } from '../helpers/tree.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterEach(() => rig.check());
afterAll(() => rig.close());

/** A task, its child and a grandchild that ignores TERM; `setsid` puts it outside the group. */
const STUBBORN = `sh -c 'trap "" TERM; while :; do sleep 1; done' & echo up; wait`;
const ESCAPED = `setsid sh -c 'trap "" TERM; while :; do sleep 1; done' & echo up; wait`;

async function send(verb: TaskSignal, batch: string, task: string): Promise<void> {
  const claim = await play.claimOf(rig, batch, task);
  await eventually('the grandchild is up', () => play.logOf(rig, batch, task).includes('up'));
  const { agent, counts } = claim;
  await play.signal(rig, { agent: agent!, verb, batch, task, attempt: counts.attempt });
}

describe.each([
  ['abort', 'aborted', STUBBORN],
  ['abort', 'aborted', ESCAPED],
  ['kill', 'killed', STUBBORN],
  ['kill', 'killed', ESCAPED],
] as const)('%s', (verb, outcome, command) => {
  it(`ends everything that \`${command.slice(0, 9)}…\` started, for good`, async () => {
    const text = planText({
      stubborn: { command },
      after: { command: 'true', depends_on: 'stubborn' },
      beside: { command: 'true' },
    });
    const batch = await play.submit(rig, text);
    await send(verb, batch, 'stubborn');
    const { verdict, counts } = await play.verdictOf(rig, batch);
    expect(verdict).toBe('failed');
    expect(counts).toMatchObject({ complete: 1, failed: 1, skipped: 1 });
    expect(play.attemptsOf(rig, batch, 'stubborn').map((record) => record.outcome)).toEqual([
      outcome,
    ]);
    // The claim was released only when the last of them was dead.
    expect(play.workersOf(rig, batch)).toEqual([]);
    expect(namesIn(rig.at('signals'))).toEqual(['done']);
    expect(
      namesIn(rig.at('signals/done')).some((name) => name.includes(`${batch}.stubborn.a1`)),
    ).toBe(true);
  });
});

it('puts away a signal for what does not run', async () => {
  const batch = await play.submit(rig, planText({ only: { command: 'true' } }));
  await play.verdictOf(rig, batch);
  await play.signal(rig, { agent: 'cpu-1', verb: 'kill', batch, task: 'only', attempt: 1 });
  await eventually('it is acknowledged', () => namesIn(rig.at('signals')).length === 1);
  expect(play.placeOf(rig, batch, 'only')?.lane).toBe('complete');
});

describe('stop', () => {
  it('lets what runs finish, takes nothing new, and exits', async () => {
    const agent = rig.running('cpu-1');
    for (const name of ['gpu-1', 'gpu-2']) await play.signal(rig, { agent: name, verb: 'pause' });
    await eventually(
      'the cards pause',
      () =>
        play.heartbeatOf(rig, 'gpu-2')?.state === 'paused' &&
        play.heartbeatOf(rig, 'gpu-1')?.state === 'paused',
    );
    const text = planText({
      long: { command: 'sleep 1.5; echo done' },
      next: { command: 'true', depends_on: 'long' },
    });
    const batch = await play.submit(rig, text);
    await play.claimOf(rig, batch, 'long');
    agent.isEndWanted = true;
    await play.signal(rig, { agent: 'cpu-1', verb: 'stop' });
    expect(await agent.ended).toBe(0);
    expect(
      play.attemptsOf(rig, batch).map(({ task, outcome, agent: who }) => [task, outcome, who]),
    ).toEqual([['long', 'complete', 'cpu-1']]);
    expect(play.heartbeatOf(rig, 'cpu-1')).toMatchObject({ state: 'stopped', running: [] });
    for (const name of ['gpu-1', 'gpu-2'])
      await liftSignal(rig.store, { agent: name, verb: 'pause' });
    expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
    await rig.ready(rig.startAgent('cpu-1'));
  });

  it.each(['stop_now', 'TERM twice'])(
    'gives the work back on %s, without using up an attempt',
    async (how) => {
      const text = planText({ long: { command: '[ "$TUTTI_ATTEMPT" -gt 1 ] || sleep 300' } });
      const batch = await play.submit(rig, text);
      const { agent: name } = await play.claimOf(rig, batch, 'long');
      const agent = rig.running(name!);
      agent.isEndWanted = true;
      if (how === 'stop_now') await play.signal(rig, { agent: name!, verb: 'stop_now' });
      else {
        agent.signal('SIGTERM');
        await eventually('it stops', () => play.heartbeatOf(rig, name!)?.state === 'stopping');
        agent.signal('SIGTERM');
      }
      expect(await agent.ended).toBe(0);
      expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
      expect(play.attemptsOf(rig, batch).map(({ outcome }) => outcome)).toEqual([
        'returned',
        'complete',
      ]);
      expect(play.placeOf(rig, batch, 'long')?.path).toBe(
        `tasks/complete/${batch}/long.a2f0l0n0.json`,
      );
      await rig.ready(rig.startAgent(name!));
    },
  );
});
