// A server that is alive and answers nothing is reset; one that is lost too often is left alone for a while.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeAside } from '../../agents/models/losses.ts';
import type { Runtime } from '../../agents/models/runtime.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import { eventually } from '../helpers/eventually.ts';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(async () => {
  const left = await stage.close();
  if (left.length > 0) throw new Error(left.join('; '));
});

const pidOf = (runtime: Runtime): number => runtime.held()[0]!.pid!;
const noteOf = (runtime: Runtime): string | null => runtime.held()[0]?.note ?? null;

/** It keeps its port, takes connections, and never answers. */
async function wedge(runtime: Runtime): Promise<void> {
  process.kill(pidOf(runtime), 'SIGSTOP');
  await eventually('it is reset', async () => {
    await runtime.health();
    return runtime.held()[0]?.state === 'failed';
  });
}

describe('a wedged server', () => {
  it('is ended, says so, and the model is loaded again', async () => {
    const runtime = await stage.open({ silenceMsMax: 300, unloadGraceMs: 200 });
    const spec = stage.model('demo');
    await runtime.ensureReady(spec);
    await wedge(runtime);
    expect(noteOf(runtime)).toMatch(
      /^wedged, and reset: no healthy answer from http:\S+ for 0.3 s$/,
    );
    await eventually('its group is gone', () => stage.servers.length === 0);
    expect(await runtime.ensureReady(spec)).toMatchObject({ model: 'demo' });
    expect(runtime.asideOf(spec)).toBe(null);
  });

  it('is left alone when its silence is short', async () => {
    const runtime = await stage.open({ silenceMsMax: 1500 });
    await runtime.ensureReady(stage.model('demo'));
    const pid = pidOf(runtime);
    process.kill(pid, 'SIGSTOP');
    await expect(runtime.health()).resolves.toMatchObject([{ isAlive: false }]);
    process.kill(pid, 'SIGCONT');
    await expect(runtime.health()).resolves.toMatchObject([{ isAlive: true }]);
    expect(runtime.held()).toMatchObject([{ state: 'ready', pid }]);
  });

  it('too often is set aside, also by the next life, until its losses are old', async () => {
    const limits = { silenceMsMax: 300, unloadGraceMs: 200, lossesMax: 2, lossWindowMs: 8000 };
    const runtime = await stage.open(limits);
    const spec = stage.model('demo');
    await runtime.ensureReady(spec);
    await wedge(runtime);
    await runtime.ensureReady(spec);
    process.kill(pidOf(runtime), 'SIGKILL');
    await eventually('it is lost', () => runtime.held()[0]?.state === 'failed');
    const refusal = await runtime.ensureReady(spec).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Fault);
    expect(refusal).toMatchObject({ code: 'MODEL_SET_ASIDE' });
    expect(runtime.asideOf(spec)).toMatch(
      /^set aside until \S+Z: its server was lost 2 times in 8 s, at last: it ended with SIGKILL$/,
    );
    await runtime.close();
    const next = await stage.open(limits);
    expect(next.asideOf(spec)).toBe(runtime.asideOf(spec));
    await eventually('the window is over', () => next.asideOf(spec) === null);
    expect(await next.ensureReady(spec)).toMatchObject({ model: 'demo' });
  });
});

it('losses count per model, within the window, and a clock that was set back makes none old', () => {
  const limits = {
    ...({} as Parameters<typeof describeAside>[2]),
    lossesMax: 2,
    lossWindowMs: 10_000,
  };
  const loss = (model: string, atMs: number) => ({
    model,
    at: new Date(atMs).toISOString(),
    problem: 'gone',
  });
  const losses = [loss('a', 0), loss('b', 1000), loss('a', 4000)];
  expect(describeAside(losses, { name: 'b' }, limits, 5000)).toBe(null);
  expect(describeAside(losses, { name: 'a' }, limits, 9999)).toBe(
    'set aside until 1970-01-01T00:00:10.000Z: its server was lost 2 times in 10 s, at last: gone',
  );
  expect(describeAside(losses, { name: 'a' }, limits, 10_000)).toBe(null);
  const split = { name: 'b', split: { cards: 2, partners: [] } };
  expect(describeAside(losses, split, { ...limits, groupLossesMax: 1 }, 5000)).not.toBe(null);
  expect(describeAside(losses, { name: 'a' }, limits, -90_000)).not.toBe(null);
});
