import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capLog, finishLog, lastJsonLine } from '../../agents/executor/log.ts';
import { createDisk } from '../../agents/store/real-disk.ts';
import type { Disk } from '../../agents/store/disk.ts';
import { makeRig } from './rig.ts';

let folder: string;
let disk: Disk;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tutti-log-'));
  disk = createDisk(folder, false);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (text: string): void => writeFileSync(path.join(folder, 'log'), text);
const read = (): string => readFileSync(path.join(folder, 'log'), 'utf8');

describe('capLog', () => {
  it('leaves a short log alone, and one that is not there', async () => {
    write('x'.repeat(100));
    expect(await capLog(disk, 'log', 100)).toBe(0);
    expect(await capLog(disk, 'none', 100)).toBe(0);
    expect(await finishLog(disk, 'none', 100)).toEqual({ dropped: 0, tail: '' });
    expect(read()).toBe('x'.repeat(100));
  });

  it('keeps the first half and the last quarter, and says what is missing', async () => {
    write(`${'a'.repeat(50)}${'b'.repeat(60)}${'c'.repeat(25)}`);
    expect(await capLog(disk, 'log', 100)).toBe(60);
    expect(read()).toBe(
      `${'a'.repeat(50)}\n[tutti: 60 bytes of output dropped]\n${'c'.repeat(25)}`,
    );
  });

  it('finds its own count again, without anybody who remembers it', async () => {
    write('a'.repeat(1000));
    const once = await capLog(disk, 'log', 100);
    writeFileSync(path.join(folder, 'log'), 'b'.repeat(500), { flag: 'a' });
    const twice = await capLog(disk, 'log', 100);
    expect(twice).toBeGreaterThanOrEqual(once + 500);
    expect(read().match(/dropped/g)).toHaveLength(1);
    expect(await finishLog(disk, 'log', 200)).toMatchObject({ dropped: 0 });
    expect(await finishLog(disk, 'log', 100)).toMatchObject({ dropped: expect.any(Number) });
  });
});

it('a command that prints 1 GB ends by itself, with a short log and its last line', async () => {
  const rig = makeRig();
  const command = `head -c 1073741824 /dev/zero | tr '\\0' a; echo; echo '{"done": true}'`;
  const ending = await rig.run(command, { logBytesMax: 1_000_000 });
  expect(ending).toMatchObject({ outcome: 'complete', result: { done: true } });
  // What is written between the look and the cut is not counted, and may be a burst.
  expect(ending.logDroppedBytes).toBeGreaterThan(500_000_000);
  const file = path.join(rig.batch, 'logs/task.a1.log');
  expect(statSync(file).size).toBeLessThanOrEqual(1_000_000);
  expect(readFileSync(file, 'utf8')).toMatch(
    /^a{500000}\n\[tutti: \d+ bytes of output dropped\]\na+/,
  );
}, 120_000);

describe('lastJsonLine', () => {
  it.each([
    ['{"a":1}\n', { a: 1 }],
    ['x\n{"a":1}\n\n  \n', { a: 1 }],
    ['{"a":1}', { a: 1 }],
    ['x\n  {"a":{"b":[1]}}  \n', { a: { b: [1] } }],
    ['{"a":1}\nx\n', undefined],
    ['[1]\n', undefined],
    ['"text"\n', undefined],
    ['{"a":\n', undefined],
    ['{"a":1} {"b":2}\n', undefined],
    ['', undefined],
    ['\n\n', undefined],
  ])('%j', (tail, expected) => {
    expect(lastJsonLine(tail)).toEqual(expected);
  });
});
