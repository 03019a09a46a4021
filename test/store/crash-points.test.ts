import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withCrashPoints } from '../../agents/store/crash-points.ts';
import { setStage } from './stage.ts';

const stage = setStage();

it('leaves the disk as it is when nobody asks for a crash', () => {
  const { disk } = stage();
  expect(withCrashPoints(disk, null, 'brain')).toBe(disk);
});

it('numbers the operations in the order of their starts', async () => {
  const log = `${stage().root}/operations.log`;
  const disk = withCrashPoints(stage().disk, { log }, 'gpu-1');
  await disk.create('one', 'text', false);
  await Promise.all([disk.rename('one', 'two'), disk.stat('two')]);
  expect(await disk.read('two', 10)).toBe('text');
  expect(readFileSync(log, 'utf8').split('\n')).toEqual([
    'gpu-1 1 create one',
    'gpu-1 2 rename one two',
    'gpu-1 3 stat two',
    'gpu-1 4 read two',
    '',
  ]);
});

it('does not count for a crash of another process', async () => {
  const log = `${stage().root}/operations.log`;
  const disk = withCrashPoints(stage().disk, { at: 'brain:1:before', log }, 'gpu-1');
  await disk.create('one', 'text', false);
  expect(await disk.read('one', 10)).toBe('text');
});

it('refuses what names no point', () => {
  expect(() => withCrashPoints(stage().disk, { at: 'brain:here' }, 'brain')).toThrow(
    'TUTTI_CRASH_AT: expected <process>:<number>:<before|half|after|stall>, found brain:here',
  );
});
