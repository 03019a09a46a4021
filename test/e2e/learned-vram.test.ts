// Scripts with `vram_policy: infer`: what they take of the card is measured, remembered by the brain, and reserved the
// next time. The card is simulated; how much memory a process takes of it stands in its environment.
import { afterEach, expect, it } from 'vitest';
import { LEARNED_VRAM } from '../../agents/protocol/learned-vram.ts';
import type { LearnedTask } from '../../agents/protocol/learned-vram.ts';
import { vramSchema } from '../cli/schemas.ts';
import { tutti } from '../helpers/command-line.ts';
import { eventually } from '../helpers/eventually.ts';
import { planText } from '../helpers/plan-text.ts';
import * as play from '../helpers/plays.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';

let rig: Rig;
afterEach(() => rig.close());

const takes = (mib: number, rest: string): string =>
  `TUTTI_SIMULATED_VRAM_MIB=${mib} sh -c '${rest}'`;
const PLAN = planText({
  draw: {
    command: takes(3000, 'sleep 1.5'),
    task_class: 'script',
    vram_policy: 'infer',
    vram_estimate_mb: 500,
  },
  fixed: { command: takes(700, 'sleep 1'), task_class: 'script', vram_estimate_mb: 600 },
});

/** `release …draw… .script.<MiB>. …` of the decision log, in order. */
const released = (task: string): string[] =>
  play
    .decisions(rig)
    .split('\n')
    .filter((line) => line.includes('"type":"release"') && line.includes(`"task":"${task}"`))
    .map((line) => /\.script\.(\d+)\./.exec(line)?.[1] ?? line);

const learned = (): readonly LearnedTask[] =>
  (rig.read(LEARNED_VRAM) as { tasks: LearnedTask[] } | null)?.tasks ?? [];

async function run(): Promise<string> {
  const batch = await play.submit(rig, PLAN);
  expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
  return batch;
}

it('starts from the estimate, reserves the peak of earlier runs with a margin, and keeps it over a restart', async () => {
  rig = await openRig({ agents: [{ name: 'gpu-1', kind: 'simulated', vramMib: 8192 }] });
  expect((await tutti(rig, 'vram')).stdout).toMatch(/^Nothing has been learned yet/);
  const first = await run();
  expect(released('draw')).toEqual(['500']);
  expect(play.attemptsOf(rig, first, 'draw')).toMatchObject([{ vram_peak_mib: 3000 }]);
  await eventually('it is written', () => learned().length > 0);
  expect(learned()).toMatchObject([{ plan: 'demo', task: 'draw', peaks_mib: [3000] }]);

  await rig.stop(rig.running('brain'));
  await rig.ready(rig.startBrain());
  await run();
  expect(released('draw')).toEqual(['500', '3648']);
  expect(released('fixed')).toEqual(['600', '600']);
  expect(play.decisions(rig)).toContain(
    'draw: it depends on nothing; needs 3648 MiB, learned from 1 run',
  );
  await eventually('the second run is written', () => learned()[0]?.peaks_mib.length === 2);
  expect(learned()).toMatchObject([{ task: 'draw', peaks_mib: [3000, 3000] }]);

  expect((await tutti(rig, 'vram')).stdout).toMatch(
    /^demo\/draw {2}2 runs {2}peak 3000 MiB {2}reserves 3648 MiB {2}last \S+Z\n$/,
  );
  const { stdout } = await tutti(rig, 'vram', '--json');
  expect(vramSchema.parse(JSON.parse(stdout)).tasks).toMatchObject([{ need_mib: 3648 }]);
  expect((await tutti(rig, 'fsck')).code).toBe(0);
});
