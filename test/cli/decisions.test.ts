import { appendFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { openHouse } from './house.ts';
import type { House } from './house.ts';

const LOG = 'logs/brain_decisions.log';
const BATCH = 'demo-20260102-030405-aaaaa';

let house: House;
beforeEach(() => {
  house = openHouse();
});
afterEach(() => house.close());

const line = (n: number, type = 'release', batch = BATCH): string =>
  `${JSON.stringify({
    timestamp: `2026-01-02T03:04:05.${String(n).padStart(3, '0')}Z`,
    type,
    message: `${type} ${batch}/t${n}: it is time`,
    details: { batch, task: `t${n}` },
  })}\n`;

const numbers = (text: string): string[] =>
  [...text.matchAll(/\/(t\d+):/g)].map((match) => match[1]!);
const append = (text: string): void => appendFileSync(join(house.shared, LOG), text);

it('prints the latest, one readable line each', async () => {
  house.write(LOG, line(1) + line(2, 'retry'));
  const { code, out } = await house.tutti('decisions');
  expect(code).toBe(0);
  expect(out).toBe(
    [
      `2026-01-02 03:04:05.001  release    ${BATCH}/t1: it is time`,
      `2026-01-02 03:04:05.002  retry      ${BATCH}/t2: it is time`,
      '',
    ].join('\n'),
  );
});

it('reads on in rotated files, and leaves out a torn last line', async () => {
  house.write(`${LOG}.2`, line(1) + line(2));
  house.write(`${LOG}.1`, line(3) + line(4));
  house.write(LOG, line(5) + line(6) + line(7).slice(0, 30));
  const last = async (n: number): Promise<string[]> =>
    numbers((await house.tutti('decisions', '-n', String(n))).out);
  expect(await last(2)).toEqual(['t5', 't6']);
  expect(await last(5)).toEqual(['t2', 't3', 't4', 't5', 't6']);
  expect(await last(99)).toEqual(['t1', 't2', 't3', 't4', 't5', 't6']);
});

it('picks by batch and type, and gives the lines themselves as JSON', async () => {
  house.write(LOG, line(1) + line(2, 'retry') + line(3, 'retry', 'other-20260102-030405-bbbbb'));
  const { out } = await house.tutti('decisions', '--type', 'retry', '--batch', BATCH, '--json');
  expect(out).toBe(line(2, 'retry'));
});

it('of an empty shared/ prints nothing', async () => {
  expect(await house.tutti('decisions')).toEqual({ code: 0, out: '', err: '' });
});

it('follows: over a rotation, over a line that comes in two parts, until Ctrl-C', async () => {
  house.write(LOG, line(1) + line(2).slice(0, 20));
  const running = house.start('decisions', '-f');
  await eventually('the first line', () => numbers(running.out()).length === 1);
  append(line(2).slice(20));
  await eventually('the second', () => numbers(running.out()).length === 2);
  append(line(3));
  renameSync(join(house.shared, LOG), join(house.shared, `${LOG}.1`));
  append(line(4));
  await eventually('both sides of the rotation', () => numbers(running.out()).length === 4);
  expect(numbers(running.out())).toEqual(['t1', 't2', 't3', 't4']);
  running.signal('SIGINT');
  expect((await running.ended).code).toBe(130);
});
