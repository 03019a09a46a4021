// A model over several cards: what its share of one is, and what its server is given.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ESTIMATE_MARGIN, SPLIT_MARGIN } from '../../agents/models/estimate.ts';
import { llamaServer } from '../../agents/models/llama-server.ts';
import { measuredMib } from '../../agents/models/server-log.ts';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(async () => {
  const left = await stage.close();
  if (left.length > 0) throw new Error(left.join('; '));
});

const split = { cards: 2, partners: [{ agent: 'gpu-2', device: 'GPU-1' }] };

it('reserves its share of this card, shows the partners, and is measured by the fullest card', async () => {
  stage.setCard(8000);
  const runtime = await stage.open();
  const whole = stage.model('demo', { mib: 900 });
  const alone = await runtime.need(whole);
  const spec = { ...whole, split };
  const share = await runtime.need(spec);
  expect(share).toBe(Math.ceil(((alone / ESTIMATE_MARGIN) * SPLIT_MARGIN * ESTIMATE_MARGIN) / 2));
  await runtime.ensureReady(spec);
  expect(runtime.held()).toMatchObject([{ partners: ['gpu-2'], measuredMib: 1150 }]);
  const environment = readFileSync(`/proc/${runtime.held()[0]!.pid}/environ`, 'utf8');
  expect(environment.split('\0')).toContain('CUDA_VISIBLE_DEVICES=GPU-0,GPU-1');
  // What two cards took is not remembered for one.
  await runtime.unload('demo');
  expect(await runtime.need(spec)).toBe(1150);
  expect(await runtime.need(whole)).toBe(alone);
});

it('is adopted with its partners', async () => {
  const first = await stage.open();
  const spec = { ...stage.model('demo'), split };
  await first.ensureReady(spec);
  const second = await stage.open();
  expect(second.held()).toMatchObject([{ model: 'demo', partners: ['gpu-2'] }]);
  expect(await second.ensureReady(spec)).toMatchObject({ loadMs: 0 });
});

it('a log of several cards is measured by the fullest', () => {
  const line = (card: string, what: string, mib: number): string =>
    `load_tensors: ${card} ${what} buffer size = ${mib} MiB\n`;
  const log = [
    line('CUDA0', 'model', 4000),
    line('CUDA1', 'model', 3900),
    line('CUDA0', 'KV', 100),
    line('CUDA1', 'KV', 300),
    line('CPU', 'model', 9000),
  ].join('');
  expect(measuredMib(log)).toBe(4200 + 250);
});

it('is told to split by layers', () => {
  const spec = stage.model('demo');
  const order = { spec, port: 1, alias: 'a', contextTokens: 1, devices: 'GPU-0' };
  expect(llamaServer.command(order)).not.toContain('--split-mode');
  expect(llamaServer.command({ ...order, spec: { ...spec, split } }).join(' ')).toContain(
    '--split-mode layer',
  );
});
