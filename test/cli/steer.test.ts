import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { commandSchema } from '../../agents/protocol/command.ts';
import { eventually } from '../helpers/eventually.ts';
import { planText } from '../helpers/plan-text.ts';
import { openHouse } from './house.ts';
import type { House, Running } from './house.ts';
import { brainState, stage } from './stage.ts';
import type { Scene } from './stage.ts';

let house: House;
let scene: Scene;
beforeEach(() => {
  house = openHouse();
  scene = stage(
    house,
    planText({ scan: { command: 'x' }, report: { command: 'x', depends_on: 'scan' } }),
  );
});
afterEach(() => house.close());

const pending = (): string[] =>
  readdirSync(join(house.shared, 'inbox')).filter((name) => name.endsWith('.command.json'));

/** Plays the brain: takes the command as it does, and answers what it was. */
async function take(running: Running): Promise<unknown> {
  const name = await eventually(`a command: ${running.out()}`, () => pending()[0]);
  const command = commandSchema.parse(JSON.parse(house.read(`inbox/${name}`)));
  const target = `plans/demo/batches/${scene.batch}/commands/${command.id}.json`;
  mkdirSync(dirname(join(house.shared, target)), { recursive: true });
  renameSync(join(house.shared, `inbox/${name}`), join(house.shared, target));
  const { verb, batch, task, descendants } = command;
  return { verb, batch, task, descendants };
}

it('cancel says what it is about, and that the brain has taken it', async () => {
  scene.running('scan', 'cpu-1');
  const running = house.start('cancel', 'aaaaa');
  expect(await take(running)).toEqual({ verb: 'cancel', batch: scene.batch });
  expect(await running.ended).toEqual({
    code: 0,
    out: `cancel ${scene.batch}: 1 waiting task, 1 running task\nthe brain has taken it\n`,
    err: '',
  });
});

it('cancel and retry of one task', async () => {
  scene.failed('scan', 'failed', 3);
  scene.failed('report', 'skipped', 0);
  const running = house.start('retry', 'scan', '--descendants');
  expect(await take(running)).toEqual({
    verb: 'retry',
    batch: scene.batch,
    task: 'scan',
    descendants: true,
  });
  expect((await running.ended).out).toBe(
    `retry scan of ${scene.batch}: 1 failed task\nthe brain has taken it\n`,
  );
});

it('retry reaches a closed batch', async () => {
  scene.failed('scan', 'failed', 3);
  scene.close({ verdict: 'failed' });
  const running = house.start('retry', scene.batch);
  expect(await take(running)).toEqual({ verb: 'retry', batch: scene.batch });
  expect((await running.ended).code).toBe(0);
});

it('shows the reason of a refusal', async () => {
  const running = house.start('cancel', scene.batch);
  const name = await eventually('a command', () => pending()[0]);
  house.write(`tasks/quarantine/${name}.reason.json`, { v: 1, reason: 'the batch is closed' });
  expect(await running.ended).toMatchObject({
    code: 1,
    err: 'the brain refused it: the batch is closed\n',
  });
});

it('leaves the command for later when nobody takes it', async () => {
  const { code, err } = await house.tutti('cancel', scene.batch);
  expect(code).toBe(75);
  expect(err).toBe(
    'no brain is alive: the command lies in inbox/ and is taken as soon as one does (`tutti up`)\n',
  );
  expect(pending()).toHaveLength(1);
  brainState(house);
  expect((await house.tutti('cancel', scene.batch)).err).toMatch(/^the brain has not looked yet: /);
});

it('suggests the batch and the task that were meant', async () => {
  const batch = await house.tutti('cancel', 'demo-20260102-030405-aaaab');
  expect(batch.code).toBe(2);
  expect(batch.err).toBe(
    'there is no batch demo-20260102-030405-aaaab [BATCH_UNKNOWN]\n' +
      `    Did you mean \`${scene.batch}\`? \`tutti status\` lists batches; the five characters at the end of an id are enough.\n`,
  );
  expect((await house.tutti('retry', 'scann')).err).toContain('Did you mean `scan`?');
  expect(pending()).toEqual([]);
});
