import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { attemptPaths } from '../../agents/protocol/layout.ts';
import { eventually } from '../helpers/eventually.ts';
import { planText } from '../helpers/plan-text.ts';
import { openHouse } from './house.ts';
import type { House } from './house.ts';
import { stage } from './stage.ts';

const PLAN = planText({ scan: { command: 'true' } });
const OLD = 'demo-20260102-030405-aaaaa';
const NEW = 'demo-20260102-030406-bbbbb';

let house: House;
beforeEach(() => {
  house = openHouse();
  const old = stage(house, PLAN, { id: OLD });
  old.ended('scan', 1, {}, 'old one\n');
  old.ended('scan', 2, {}, 'old two\n');
});
afterEach(() => house.close());

it('prints the latest attempt of the newest batch that ran it', async () => {
  expect(await house.tutti('logs', 'scan')).toEqual({ code: 0, out: 'old two\n', err: '' });
  const newer = stage(house, PLAN, { id: NEW });
  expect((await house.tutti('logs', 'scan')).out).toBe('old two\n');
  newer.ended('scan', 1, {}, 'new one\n');
  expect((await house.tutti('logs', 'scan')).out).toBe('new one\n');
  expect((await house.tutti('logs', `${OLD}/scan`, '--attempt', '1')).out).toBe('old one\n');
  expect((await house.tutti('logs', 'scan', '--batch', 'aaaaa')).out).toBe('old two\n');
});

it('passes bytes on as they are', async () => {
  stage(house, PLAN, { id: NEW }).ended('scan', 1, {}, `ü${'x'.repeat(200_000)}\u0000`);
  expect((await house.tutti('logs', 'scan')).out).toBe(`ü${'x'.repeat(200_000)}\u0000`);
});

it('says what is there when the attempt or the task is not', async () => {
  const none = await house.tutti('logs', 'scan', '--attempt', '7');
  expect(none.code).toBe(2);
  expect(none.err).toBe(
    'task scan has no log: there is none of attempt 7, only of 1, 2 [LOG_MISSING]\n    `tutti explain scan` tells how it stands.\n',
  );
  expect((await house.tutti('logs', 'scna')).err).toBe(
    'task scna has no log: no batch has run it [LOG_MISSING]\n    Did you mean `scan`? `tutti explain scna` tells how it stands.\n',
  );
});

it('-f goes on until the attempt has ended, and says how', async () => {
  const scene = stage(house, PLAN, { id: NEW });
  const { log } = attemptPaths('demo', NEW, 'scan', 1);
  house.write(log, 'first\n');
  const running = house.start('logs', 'scan', '-f');
  await eventually('the first line', () => running.out() === 'first\n');
  appendFileSync(join(house.shared, log), 'second\n');
  await eventually('the second line', () => running.out() === 'first\nsecond\n');
  appendFileSync(join(house.shared, log), 'third\n');
  scene.ended('scan', 1, { outcome: 'failed', message: 'exit status 1' }, null);
  const { code, out, err } = await running.ended;
  expect(out).toBe('first\nsecond\nthird\n');
  expect({ code, err }).toEqual({ code: 0, err: 'failed after 1.5 s: exit status 1\n' });
});
