// Agents with a card: a simulated one with a script, and a real one behind a played nvidia-smi.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { NAME, PLAN, Stage } from './stage.ts';
import type { Overrides } from './stage.ts';

const WAITING = 'while [ ! -e go ]; do sleep 0.05; done';
const FAKE = new URL('../fixtures/fake-nvidia-smi', import.meta.url).pathname;

let stage: Stage;
afterEach(() => stage.close());

const simulated = (more: object, overrides: Overrides = {}): void => {
  stage = new Stage({ agents: [{ name: NAME, kind: 'simulated', ...more }], ...overrides });
};
const beat = () => stage.heartbeat(NAME, 'gpu');
const letGo = (): void => stage.write(`plans/${PLAN}/batches/${stage.batch}/go`, '');

describe('a simulated card', () => {
  it('is offered with its memory, and its tasks see no real card', async () => {
    simulated({ vramMib: 8192 });
    await stage.startUp();
    expect(beat()).toMatchObject({
      agent: NAME,
      kind: 'gpu',
      simulated: true,
      state: 'running',
      hot: false,
      constrained: [],
      budget_mib: 6553,
      reserved_mib: 0,
      foreign_mib: 0,
      vram_headroom_mib: 512,
      slots: 6,
      slots_used: 0,
      classes: ['meta', 'script', 'cpu', 'llm'],
      card: { uuid: `SIM-${NAME}`, temperature_celsius: 40, vram_total_mib: 8192 },
    });
    stage.release('one', 'echo "[$CUDA_VISIBLE_DEVICES]"', {}, { taskClass: 'script' });
    await stage.finished('one');
    expect(stage.log('one')).toBe(`[SIM-${NAME}]\n`);
  });

  it('never has more reserved than its budget', async () => {
    simulated({ vramMib: 8192 });
    await stage.startUp();
    for (const task of ['a', 'b', 'c', 'd']) {
      stage.release(task, WAITING, {}, { taskClass: 'script', vram: 3000 });
    }
    await Promise.all([stage.running('a'), stage.running('b')]);
    const now = await eventually('the reason', () =>
      beat().why_not_claimed.script === undefined ? null : beat(),
    );
    expect(now).toMatchObject({ reserved_mib: 6000, slots_used: 2 });
    expect(now.why_not_claimed.script).toBe('needs 3000 MiB, 553 of 6553 MiB budget free');
    expect(now.running.map((run) => [run.task, run.vram_reserved_mib])).toEqual([
      ['a', 3000],
      ['b', 3000],
    ]);
    expect(stage.list('tasks/queue')).toHaveLength(2);
    letGo();
    for (const task of ['a', 'b', 'c', 'd']) await stage.finished(task);
  });

  it('backs off while it is hot, and comes back', async () => {
    const curve = [
      { atMs: 0, temperatureCelsius: 90 },
      { atMs: 5000, temperatureCelsius: 60 },
    ];
    simulated({ curve });
    await stage.startUp();
    stage.release('one', 'true', {}, { taskClass: 'script' });
    stage.release('two', 'true');
    const why = await eventually('the reason', () => beat().why_not_claimed.script);
    expect(why).toBe('constrained: temperature 90 °C ≥ 83 °C');
    expect(beat().constrained).toEqual(['temperature 90 °C ≥ 83 °C']);
    await stage.finished('two');
    expect(stage.final('one')).toBeNull();
    await stage.finished('one');
    await eventually('free', () => beat().constrained.length === 0);
  });

  it('whose telemetry fails is constrained, not cool and empty', async () => {
    simulated({ curve: [{ atMs: 0, fault: 'lost' }] });
    await stage.startUp();
    expect(beat()).toMatchObject({ constrained: ['the card is lost'], foreign_mib: null });
    expect(beat().card?.temperature_celsius).toBeNull();
  });
});

describe('a real card', () => {
  it('is known by its UUID, followed, and measured by process group', async () => {
    stage = new Stage({ agents: 'auto', agent: { smiIntervalMs: 100 } });
    const script = join(stage.home, 'smi.json');
    const play = (more: object): void =>
      writeFileSync(
        script,
        JSON.stringify({ mode: 'healthy', uuid: 'GPU-7', used: 1300, ...more }),
      );
    play({});
    const env = { FAKE_SMI: script, PATH: `${FAKE}:${process.env['PATH']}` };
    await stage.startUp(['--name', NAME, '--kind', 'gpu', '--uuid', 'GPU-7'], env);
    await eventually('telemetry', () => beat().card?.vram_total_mib === 8192);
    stage.release('one', `echo "[$CUDA_VISIBLE_DEVICES]"; ${WAITING}`, {}, { taskClass: 'script' });
    await stage.running('one');
    const pid = await eventually('its pid', () => beat().running[0]?.pid);
    play({ apps: [[pid, 900, 'GPU-7']] });
    await eventually('measured', () => beat().running[0]?.vram_used_mib === 900);
    expect(beat()).toMatchObject({ foreign_mib: 400, reserved_mib: 1024, simulated: false });
    play({ mode: 'lost' });
    await eventually('lost', () =>
      /GPU is lost.*started again after/.test(beat().constrained.join()),
    );
    expect(beat()).toMatchObject({ budget_mib: 6553, foreign_mib: null });
    letGo();
    await stage.finished('one');
    expect(stage.record('one').vram_peak_mib).toBe(900);
    expect(stage.log('one')).toBe('[GPU-7]\n');
  });
});
