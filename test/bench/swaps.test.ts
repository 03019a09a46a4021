// The short form of scenario m: counts of loads, never times.
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fifoLoads, mixOf } from '../../scripts/bench/fifo.ts';
import { prepareModels, SWAP_STAGE, swapsOf } from '../../scripts/bench/scenarios/swaps.ts';
import { closeStage, openStage } from '../../scripts/bench/stage.ts';

const TIMES = { taskMs: 100, loadMs: 300 };

it('FIFO loads a model wherever a card holds another one', () => {
  expect(fifoLoads([], 2, TIMES)).toBe(0);
  expect(fifoLoads(['a', 'a', 'b', 'b', 'a'], 1, TIMES)).toBe(3);
  expect(fifoLoads(['a', 'b', 'a', 'b'], 2, TIMES)).toBe(2);
  // c goes to the card of a, which is free at the same time as that of b and comes first.
  expect(fifoLoads(['a', 'b', 'c', 'b', 'a'], 2, TIMES)).toBe(4);
});

it('the mix is the same everywhere, and has every model', () => {
  const mix = mixOf(200, ['one', 'two', 'three']);
  expect(mix).toEqual(mixOf(200, ['one', 'two', 'three']));
  for (const model of ['one', 'two', 'three']) {
    expect(mix.filter((each) => each === model).length).toBeGreaterThan(50);
  }
});

it('two cards that play three models load few of what FIFO would, and none for a health probe', async () => {
  const base = process.env['TUTTI_TEST_DIR'] ?? tmpdir();
  const folder = realpathSync(mkdtempSync(join(base, 'tutti-swaps-')));
  const home = join(folder, 'stage');
  mkdirSync(home);
  const stage = await openStage(home, { ...SWAP_STAGE, prepare: prepareModels });
  try {
    const swaps = await swapsOf(stage, home, 60);
    const found = JSON.stringify(swaps);
    expect(swaps.least, found).toBe(3);
    expect(swaps.loads, found).toBeGreaterThanOrEqual(swaps.least);
    expect(swaps.loads / swaps.fifo, found).toBeLessThanOrEqual(0.25);
    expect(swaps.unwished, found).toBe(0);
    expect(swaps.probed, found).toBe(0);
  } finally {
    await closeStage(stage);
    rmSync(folder, { recursive: true, force: true });
  }
});
