// A card that is hot, reserved, or whose model server hangs: what its agent goes on with, and what not.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { Heartbeat } from '../../agents/protocol/heartbeat.ts';
import { sendSignal } from '../../agents/store/signals.ts';
import { eventually } from '../helpers/eventually.ts';
import { writeTinyLlama } from '../helpers/gguf.ts';
import * as play from '../helpers/plays.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { textOf } from '../helpers/tree.ts';
import { FIXTURES } from '../models/fakes.ts';

let rig: Rig;
afterEach(() => rig.close());

interface Scene {
  /** Script of the card. */
  readonly curve?: readonly object[];
  readonly runtime?: object;
  /** Of the fake server. */
  readonly behaviour?: object;
}

async function open({ curve = [], runtime = {}, behaviour = {} }: Scene = {}): Promise<void> {
  rig = await openRig({
    isStarted: false,
    agents: [{ name: 'gpu-1', kind: 'simulated', vramMib: 6144, curve: [...curve] as never[] }],
    config: {
      models: {
        one: { backend: 'llama-server', source: 'one.gguf', contextTokens: 4096, vramMib: 3000 },
      },
      backends: { llamaServer: { program: join(FIXTURES, 'fake-llama-server.mjs') } },
      modelPolicy: { residencyMsMin: 0, idleUnloadMs: 0 },
      ...({ runtime } as object),
    },
  });
  writeTinyLlama(join(rig.home, 'one.gguf'));
  writeFileSync(join(rig.home, 'one.gguf.fake.json'), JSON.stringify(behaviour));
  const programs = [rig.startBrain(), rig.startAgent('gpu-1')];
  await Promise.all(programs.map((program) => rig.ready(program)));
}

const plan = (name: string): string =>
  `# Plan: test\n\n## Tasks\n\n### ${name}\n\n- **task_class**: llm\n- **llm_model**: one\n- **prompt**: Say ${name}.\n`;

const beat = (): Heartbeat => play.heartbeatOf(rig, 'gpu-1')!;
const serverPid = (): number => {
  const record = rig.at('gpus/gpu-1/servers/one.json');
  return (JSON.parse(textOf(record)!) as { pid: number }).pid;
};

it('a hot card claims nothing new and keeps its model', async () => {
  await open({
    curve: [
      { atMs: 0, temperatureCelsius: 40 },
      { atMs: 6000, temperatureCelsius: 90 },
      { atMs: 12_000, temperatureCelsius: 60 },
    ],
  });
  const first = await play.submit(rig, plan('first'));
  await play.verdictOf(rig, first, 20_000);
  const pid = serverPid();
  await eventually('it is hot', () => beat().constrained.length > 0);
  const second = await play.submit(rig, plan('second'));
  const why = await eventually('it waits', () => beat().why_not_claimed.llm);
  expect(why).toMatch(/^constrained: temperature 90 °C ≥ 83 °C/);
  expect(beat().models).toMatchObject([{ model: 'one', state: 'ready' }]);
  expect((await play.verdictOf(rig, second, 30_000)).verdict).toBe('complete');
  expect(serverPid()).toBe(pid);
});

it('a reserved card lets its task end, then gives up its model, and comes back when it is released', async () => {
  await open({ behaviour: { pauseMs: 150 } });
  const first = await play.submit(rig, plan('first'));
  await eventually('it answers', () => play.logOf(rig, first, 'first').includes('echo'));
  const signal = { agent: 'gpu-1', verb: 'reserve' } as const;
  const content = { v: 1, by: 'operator', reason: 'a benchmark', at: '', who: 'ann@here' } as const;
  await sendSignal(rig.store, signal, content);
  await eventually('reserved', () => beat().state === 'reserved');
  expect(beat().models).toMatchObject([{ state: 'ready' }]);
  const second = await play.submit(rig, plan('second'));
  expect((await play.verdictOf(rig, first, 20_000)).verdict).toBe('complete');
  await eventually('the model leaves', () => beat().models[0]?.state === 'cold');
  expect(beat()).toMatchObject({ state: 'reserved', reserved_mib: 0, running: [] });
  expect(play.attemptsOf(rig, second)).toEqual([]);
  rmSync(rig.at('signals/gpu-1.reserve.json'));
  expect((await play.verdictOf(rig, second, 30_000)).verdict).toBe('complete');
});

it('a server that hangs is reset, and its task runs again', async () => {
  await open({
    behaviour: { pauseMs: 150 },
    runtime: { silenceMsMax: 800, unloadGraceMs: 300 },
  });
  const batch = await play.submit(rig, plan('first'));
  await eventually('it answers', () => play.logOf(rig, batch, 'first').includes('echo'));
  const pid = serverPid();
  process.kill(pid, 'SIGSTOP');
  await eventually('it is reset', () => beat().models[0]?.note?.startsWith('wedged, and reset'));
  expect((await play.verdictOf(rig, batch, 30_000)).verdict).toBe('complete');
  expect(serverPid()).not.toBe(pid);
  expect(play.attemptsOf(rig, batch, 'first').length).toBeGreaterThan(1);
});
