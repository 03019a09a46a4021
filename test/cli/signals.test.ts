// stop, abort, kill, pause and resume: which file each writes, and what each makes of the answer. The
// test plays the agent, so that every answer can be given, also none.
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { writeHeartbeat } from './heartbeat.ts';
import { openHouse } from './house.ts';
import type { House, Running } from './house.ts';

const BATCH = 'demo-20261121-021455-x7k2p';
const CLAIM = `940000000001.cpu.1024.${BATCH}.work_1.a2f1l0n0`;
const BY = { v: 1, by: 'operator', reason: 'tutti abort' };

let house: House;
beforeEach(() => {
  house = openHouse({ agent: { abortGraceMs: 100 } });
});
afterEach(() => house.close());

const beat = (agent: string, change: object = {}): void => writeHeartbeat(house, agent, change);

const signals = (): string[] =>
  readdirSync(join(house.shared, 'signals')).filter((name) => name !== 'done');

/** Waits for the one signal file, checks its name, answers its content. */
async function receive(name: string): Promise<Record<string, unknown>> {
  await eventually(name, () => house.has(`signals/${name}`));
  expect(signals()).toEqual([name]);
  return JSON.parse(house.read(`signals/${name}`)) as Record<string, unknown>;
}

const acknowledge = (name: string): void =>
  renameSync(join(house.shared, 'signals', name), join(house.shared, 'signals/done', name));

const say = async (running: Running): Promise<[number | null, string]> => {
  const { code, out, err } = await running.ended;
  return [code, out + err];
};

function claim(agent = 'cpu-1', batch = BATCH): void {
  house.write(`tasks/processing/${CLAIM.replace(BATCH, batch)}.by-${agent}.json`, '{}');
}

/** The agent's last step: it moves its claim. */
function end(lane: 'failed' | 'complete', name: string, agent = 'cpu-1'): void {
  const folder = join(house.shared, 'tasks', lane, BATCH);
  mkdirSync(folder, { recursive: true });
  const from = join(house.shared, 'tasks/processing', `${CLAIM}.by-${agent}.json`);
  renameSync(from, join(folder, name));
}

describe('tutti abort and kill', () => {
  it.each([
    ['abort', 'work_1', 'aborted'],
    ['kill', `${BATCH}/work_1`, 'killed'],
  ])('%s %s: the file names agent, task and attempt', async (verb, text, reason) => {
    claim();
    const running = house.start(verb, text);
    const file = `cpu-1.${verb}.${BATCH}.work_1.a2.json`;
    expect(await receive(file)).toEqual({ ...BY, reason: `tutti ${verb}`, at: expect.any(String) });
    acknowledge(file);
    const ended = `work_1.a2f1l0n0.${reason}.json`;
    end('failed', ended);
    expect(await say(running)).toEqual([
      0,
      `${BATCH}/work_1, attempt 2 on cpu-1: ${reason} (tasks/failed/${BATCH}/${ended})\n`,
    ]);
  });

  it('tells that the task was faster', async () => {
    claim();
    const running = house.start('abort', 'work_1', '--reason', 'wrong input', '--json');
    const file = `cpu-1.abort.${BATCH}.work_1.a2.json`;
    expect((await receive(file))['reason']).toBe('wrong input');
    acknowledge(file);
    end('complete', 'work_1.a2f1l0n0.json');
    const [code, out] = await say(running);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      schema: 'tutti.abort/1',
      batch: BATCH,
      task: 'work_1',
      attempt: 2,
      agent: 'cpu-1',
      acknowledged: true,
      outcome: 'complete',
      file: `tasks/complete/${BATCH}/work_1.a2f1l0n0.json`,
    });
  });

  it('does not take an older acknowledgement of the same name for its own, and leaves its file', async () => {
    claim();
    const file = `cpu-1.kill.${BATCH}.work_1.a2.json`;
    house.write(`signals/done/${file}`, { ...BY, at: '2026-11-21T00:00:00.000Z' });
    expect(await say(house.start('kill', 'work_1', '--timeout', '0.5'))).toEqual([
      1,
      `${BATCH}/work_1, attempt 2 on cpu-1: no answer from cpu-1 within 0.5 s; ` +
        'the kill stays in signals/ until it looks\n',
    ]);
    expect(signals()).toEqual([file]);
  });

  it('rings the bell of the brain for a task of its own', async () => {
    claim('brain');
    const running = house.start('abort', 'work_1');
    await receive(`brain.abort.${BATCH}.work_1.a2.json`);
    await eventually('the bell', () => house.has('bells/brain'));
    running.signal('SIGINT');
    expect((await running.ended).code).toBe(130);
  });

  it('asks which batch is meant', async () => {
    const other = BATCH.replace('x7k2p', 'zzzzz');
    claim();
    claim('cpu-2', other);
    const [code, text] = await say(house.start('abort', 'work_1'));
    expect(code).toBe(2);
    expect(text).toMatch(/^task work_1 is in several open batches: .*\[TASK_AMBIGUOUS\]\n/);
    expect(signals()).toEqual([]);
  });

  it('refuses a task that nobody runs, and says what to do instead', async () => {
    const [code, text] = await say(house.start('abort', 'nothing'));
    expect([code, text.split('\n')[0]]).toEqual([
      2,
      'there is no task nothing in any open batch or the newest closed ones [TASK_UNKNOWN]',
    ]);
  });
});

describe('tutti stop', () => {
  it.each([
    [[], 'stop', 'tutti stop'],
    [['--now'], 'stop_now', 'tutti stop --now'],
  ])('with %j writes %s and waits for the farewell', async (flags, verb, reason) => {
    beat('cpu-1');
    const running = house.start('stop', 'cpu-1', ...flags);
    const file = `cpu-1.${verb}.json`;
    expect(await receive(file)).toMatchObject({ by: 'operator', reason });
    acknowledge(file);
    beat('cpu-1', { state: 'stopped', seq: 2 });
    expect(await say(running)).toEqual([0, 'cpu-1 has stopped\n']);
  });

  it('says what an agent still finishes', async () => {
    beat('cpu-1');
    const running = house.start('stop', 'cpu-1', '--json', '--timeout', '2');
    await receive('cpu-1.stop.json');
    acknowledge('cpu-1.stop.json');
    const [code, out] = await say(running);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      schema: 'tutti.stop/1',
      stopped: [
        {
          name: 'cpu-1',
          is: 'stopping',
          text: 'finishes what it runs, then stops; --now returns the work',
        },
      ],
    });
  });

  it('withdraws an order that nobody heard', async () => {
    beat('cpu-1');
    expect(await say(house.start('stop', 'cpu-1', '--timeout', '0.5'))).toEqual([
      1,
      'cpu-1 did not answer within 0.5 s; the stop was withdrawn\n',
    ]);
    expect(signals()).toEqual([]);
  });

  it('writes nothing for an agent that is not there', async () => {
    beat('cpu-1', { pid: 2 ** 22 });
    beat('cpu-2', { state: 'stopped' });
    expect(await say(house.start('stop', 'cpu-1', 'cpu-2'))).toEqual([
      1,
      'cpu-1 is not running (dead); its workers may be\ncpu-2 had stopped already\n',
    ]);
    expect(signals()).toEqual([]);
  });

  it.each([
    [
      ['cpu1'],
      'there is no agent cpu1 [AGENT_UNKNOWN]\n    Did you mean `cpu-1`? Known agents: cpu-1.\n',
    ],
    [
      [],
      'agents: name an agent, or say --all [ARGUMENT_INVALID]\n    Run the command with --help to see what it takes.\n',
    ],
    [
      ['cpu-1', '--all'],
      '--all: leaves no room for names [ARGUMENT_INVALID]\n    Run the command with --help to see what it takes.\n',
    ],
  ])('refuses %j', async (flags, text) => {
    beat('cpu-1');
    expect(await say(house.start('stop', ...flags))).toEqual([2, text]);
  });

  it('has nothing to stop in an empty shared/', async () => {
    expect(await say(house.start('stop', '--all'))).toEqual([0, 'Nothing is running here.\n']);
  });
});

describe('tutti pause and resume', () => {
  it('pauses an agent as long as the file is there', async () => {
    beat('cpu-1');
    const pause = house.start('pause', 'cpu-1');
    expect(await receive('cpu-1.pause.json')).toMatchObject({ by: 'operator' });
    beat('cpu-1', { state: 'paused', seq: 2 });
    expect(await say(pause)).toEqual([0, 'cpu-1 is paused: it finishes what runs\n']);
    expect(await say(house.start('pause', 'cpu-1'))).toEqual([0, 'cpu-1 is paused already\n']);

    const resume = house.start('resume', 'cpu-1');
    await eventually('the file is gone', () => signals().length === 0);
    beat('cpu-1', { seq: 3 });
    expect(await say(resume)).toEqual([0, 'cpu-1 goes on\n']);
    expect(await say(house.start('resume', 'cpu-1'))).toEqual([0, 'cpu-1 is not paused\n']);
  });

  it('gives the brain a command for a batch', async () => {
    const batch = `plans/demo/batches/${BATCH}`;
    mkdirSync(join(house.shared, batch, 'commands'), { recursive: true });
    const running = house.start('pause', 'x7k2p', '--json');
    const inbox = join(house.shared, 'inbox');
    const file = await eventually('the command', () =>
      readdirSync(inbox).find((name) => name.endsWith('.command.json')),
    );
    const command = JSON.parse(house.read(`inbox/${file}`)) as object;
    expect(command).toMatchObject({ v: 1, verb: 'pause', batch: BATCH });
    const id = file.replace('.command.json', '');
    renameSync(join(inbox, file), join(house.shared, batch, 'commands', `${id}.json`));
    const [code, out] = await say(running);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      schema: 'tutti.pause/1',
      target: 'batch',
      name: BATCH,
      done: true,
      text: 'is paused: what runs goes on, nothing new starts',
    });
  });

  it('says that nobody has looked', async () => {
    mkdirSync(join(house.shared, `plans/demo/batches/${BATCH}`), { recursive: true });
    expect(await say(house.start('resume', BATCH))).toEqual([
      1,
      `${BATCH} is as it was: no brain has answered; the command waits in inbox/ until one looks\n`,
    ]);
  });

  it('knows agents and batches when it suggests', async () => {
    beat('gpu-1');
    rmSync(join(house.shared, 'plans'), { recursive: true });
    const [code, text] = await say(house.start('pause', 'gpu1'));
    expect([code, text.split('\n').slice(0, 2)]).toEqual([
      2,
      [
        'there is no batch and no agent gpu1 [TARGET_UNKNOWN]',
        '    Did you mean `gpu-1`? `tutti status` lists both; the five characters at the end of a batch id are enough.',
      ],
    ]);
  });
});
