import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { NAME, Stage } from './stage.ts';

/** Neither it nor its grandchild listens to TERM. */
const STUBBORN = `trap '' TERM; (trap '' TERM; while :; do sleep 0.1; done) & while :; do sleep 0.1; done`;
const WAITING = 'while [ ! -e go ]; do sleep 0.05; done';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

const letGo = (): void => stage.write(`plans/demo/batches/${stage.batch}/go`, '');

describe('signals for a task', () => {
  it.each([
    ['abort', 'operator', 'aborted', 'The command was ended by an abort signal: the test says so.'],
    ['kill', 'operator', 'killed', 'The command was ended by a kill signal: the test says so.'],
    [
      'abort',
      'brain',
      'timeout',
      'The command ran past its timeout and was ended: the test says so.',
    ],
    [
      'kill',
      'brain',
      'timeout',
      'The command ran past its timeout and was ended: the test says so.',
    ],
  ] as const)(
    '%s by %s: %s, and the whole group is dead before the commit',
    async (verb, by, outcome, message) => {
      await stage.startUp();
      stage.release('one', STUBBORN);
      await stage.running('one');
      await eventually('its grandchild', () => stage.survivors().length >= 3);
      stage.signalTask(verb, 'one', by);
      expect(await stage.finished('one')).toBe(`failed/one.a1f0l0n0.${outcome}.json`);
      expect(stage.survivors()).toEqual([]);
      expect(stage.record('one')).toMatchObject({
        outcome,
        message,
        exit_code: null,
        signal: 'SIGKILL',
      });
      const file = `${NAME}.${verb}.${stage.batch}.one.a1.json`;
      await eventually('acknowledged', () => stage.list('signals/done').includes(file));
      expect(stage.list('signals')).toEqual(['done']);
    },
  );

  it('one for what does not run here is put away with a log line', async () => {
    const agent = await stage.startUp();
    stage.signalTask('abort', 'nothing');
    await eventually('acknowledged', () => stage.list('signals/done').length === 1);
    expect(agent.log()).toContain('a signal for what does not run here');
  });

  it('one for another agent, and what is no signal, stay where they are', async () => {
    await stage.startUp();
    stage.write('signals/notes.txt', 'x');
    stage.signal({ agent: 'other', verb: 'stop' });
    stage.release('one', 'true');
    await stage.finished('one');
    expect(stage.list('signals')).toEqual(['done', 'notes.txt', 'other.stop.json']);
  });
});

describe('signals for the agent', () => {
  it('stop: what runs is finished, nothing new is taken, and it says so at the end', async () => {
    const agent = await stage.startUp();
    stage.release('one', WAITING);
    await stage.running('one');
    stage.signal({ agent: NAME, verb: 'stop' });
    await eventually('stopping', () => stage.heartbeat().state === 'stopping');
    expect(stage.list('signals/done')).toEqual([`${NAME}.stop.json`]);
    stage.release('two', 'true');
    const why = await eventually('the reason', () => stage.heartbeat().why_not_claimed.cpu);
    expect(why).toBe('stopping');
    letGo();
    expect(await agent.ended).toBe(0);
    expect(stage.final('one')).toBe('complete/one.a1f0l0n0.json');
    expect(stage.list('tasks/queue')).toHaveLength(1);
    expect(stage.heartbeat()).toMatchObject({ state: 'stopped', running: [] });
  });

  it.each(['stop_now', 'a second stop', 'a second TERM'])('%s gives the work back', async (how) => {
    const agent = await stage.startUp();
    stage.release('one', STUBBORN);
    await stage.running('one');
    if (how === 'stop_now') stage.signal({ agent: NAME, verb: 'stop_now' });
    for (const state of how === 'stop_now' ? [] : ['stopping', 'over']) {
      if (how === 'a second stop') stage.signal({ agent: NAME, verb: 'stop' });
      else agent.process.kill('SIGTERM');
      if (state === 'stopping') await eventually(state, () => stage.heartbeat().state === state);
    }
    expect(await agent.ended).toBe(0);
    expect(stage.final('one')).toBe('failed/one.a1f0l0n0.returned.json');
    expect(stage.survivors()).toEqual([]);
  });

  it('pause: takes nothing while the file is there', async () => {
    await stage.startUp();
    stage.release('one', WAITING);
    await stage.running('one');
    stage.signal({ agent: NAME, verb: 'pause' });
    await eventually('paused', () => stage.heartbeat().state === 'paused');
    stage.release('two', 'true');
    expect(await eventually('why', () => stage.heartbeat().why_not_claimed.cpu)).toBe('paused');
    letGo();
    await stage.finished('one');
    expect(stage.list('tasks/queue')).toHaveLength(1);
    rmSync(stage.at(`signals/${NAME}.pause.json`));
    stage.write('bells/agents', '');
    await stage.finished('two');
    await eventually('running', () => stage.heartbeat().state === 'running');
  });

  it('reserve: claims nothing until its time is over, says for whom, and a restart does not begin it anew', async () => {
    const first = await stage.startUp();
    stage.release('one', WAITING);
    await stage.running('one');
    const name = { agent: NAME, verb: 'reserve' } as const;
    stage.signal(name, 'operator', { who: 'ann@here', for_ms: 3_600_000 });
    await eventually('reserved', () => stage.heartbeat().state === 'reserved');
    const { reservation } = stage.heartbeat();
    expect(reservation).toMatchObject({ by: 'ann@here', reason: 'the test says so' });
    stage.release('two', 'true', { task_class: 'meta' }, { taskClass: 'meta', vram: 0 });
    const why = await eventually('why', () => stage.heartbeat().why_not_claimed.meta);
    expect(why).toBe(`reserved by ann@here until ${reservation!.until}: the test says so`);
    expect(stage.heartbeat().running).toHaveLength(1);
    letGo();
    await stage.finished('one');
    first.process.kill('SIGKILL');
    await first.ended;
    const second = await stage.startUp();
    await eventually('again', () => stage.heartbeat().state === 'reserved');
    expect(stage.heartbeat().reservation).toEqual(reservation);
    // As if the hour had passed.
    const note = `cpus/${NAME}/reservation.json`;
    const { until } = JSON.parse(stage.read(note)) as { until: string };
    expect(until).toBe(reservation!.until);
    second.process.kill('SIGKILL');
    await second.ended;
    stage.write(note, stage.read(note).replace(until, '2026-11-21T00:00:00.000Z'));
    await stage.startUp();
    await eventually('its time is over', () => stage.heartbeat().state === 'running');
    expect(stage.list('signals/done')).toEqual([`${NAME}.reserve.json`]);
    expect(stage.list(`cpus/${NAME}`)).not.toContain('reservation.json');
    await stage.finished('two');
  });

  it('reserve: ends by itself while it runs', async () => {
    await stage.startUp();
    stage.signal({ agent: NAME, verb: 'reserve' }, 'operator', { for_ms: 1000 });
    await eventually('it was seen and is over', () => stage.list('signals/done').length === 1);
    await eventually('running', () => stage.heartbeat().state === 'running');
    expect(stage.heartbeat().reservation).toBe(null);
  });

  it('reserve: without a time, as long as the file is there', async () => {
    await stage.startUp();
    stage.signal({ agent: NAME, verb: 'reserve' });
    await eventually('reserved', () => stage.heartbeat().reservation?.until === null);
    stage.release('one', 'true');
    await eventually('why', () => stage.heartbeat().why_not_claimed.cpu?.startsWith('reserved'));
    rmSync(stage.at(`signals/${NAME}.reserve.json`));
    stage.write('bells/agents', '');
    await stage.finished('one');
    await eventually('nobody', () => stage.heartbeat().reservation === null);
    expect(stage.list('signals')).toEqual(['done']);
  });

  it('a stop from before the start stops nobody', async () => {
    stage.signal({ agent: NAME, verb: 'stop' });
    await stage.startUp();
    stage.release('one', 'true');
    await stage.finished('one');
    expect(stage.list('signals/done')).toEqual([`${NAME}.stop.json`]);
  });
});
