// Cards: one that is too hot claims nothing for the card until it has cooled down; memory is reserved, never
// beyond the budget; and an agent always says why a task waits.
import { afterEach, expect, it } from 'vitest';
import type { AttemptRecord } from '../../agents/protocol/attempt.ts';
import { eventually } from '../helpers/eventually.ts';
import { planText, writeManifest } from '../helpers/plan-text.ts';
import * as play from '../helpers/plays.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';

let rig: Rig;
afterEach(() => rig.close());

it('spares a card that is too hot or not known, says so, and returns when it has cooled down', async () => {
  rig = await openRig({
    agents: [
      {
        name: 'gpu-1',
        kind: 'simulated',
        vramMib: 6144,
        curve: [
          { atMs: 0, temperatureCelsius: 91 },
          { atMs: 2500, temperatureCelsius: 79 },
          { atMs: 4500, temperatureCelsius: 70 },
        ],
      },
      {
        name: 'gpu-2',
        kind: 'simulated',
        vramMib: 6144,
        curve: [{ atMs: 0, fault: 'unreadable' }],
      },
    ],
  });
  const beat = (agent: string) => play.heartbeatOf(rig, agent);
  const text = planText({
    draw: { command: 'true', task_class: 'script' },
    count: { command: 'true' },
  });
  const batch = await play.submit(rig, text);
  const why = await eventually('it says why', () => beat('gpu-1')?.why_not_claimed.script);
  expect(why).toMatch(/temperature (91 °C ≥ 83 °C|79 °C, free again below 75 °C)/);
  await eventually(
    'the cpu task runs all the same',
    () => play.placeOf(rig, batch, 'count')?.lane === 'complete',
  );
  // Below the limit, not yet below the lower one: it stays spared.
  await eventually('it cools', () =>
    /free again below 75/.test(beat('gpu-1')?.constrained[0] ?? ''),
  );
  // What cannot be read is a reason to wait, never a cool card.
  expect(beat('gpu-2')).toMatchObject({
    constrained: ['the telemetry cannot be read'],
    why_not_claimed: { script: expect.stringContaining('the telemetry cannot be read') },
    card: { temperature_celsius: null, vram_used_mib: null },
  });
  expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
  expect(play.attemptsOf(rig, batch, 'draw')).toMatchObject([{ agent: 'gpu-1' }]);
  const free = await eventually('the card is free', () =>
    beat('gpu-1')?.constrained.length === 0 ? beat('gpu-1') : null,
  );
  expect(free.why_not_claimed).toEqual({});
});

/** The most that the attempts on one agent had reserved at the same time, in MiB. */
function peakMib(
  records: readonly AttemptRecord[],
  agent: string,
  costOf: (task: string) => number,
): number {
  const own = records.filter((record) => record.agent === agent);
  const costAt = (moment: string): number =>
    own
      .filter(({ started_at: start, finished_at: end }) => start <= moment && moment < end)
      .reduce((sum, { task }) => sum + costOf(task), 0);
  return Math.max(0, ...own.map(({ started_at: start }) => costAt(start)));
}

it('never reserves more than the budget of a card', async () => {
  rig = await openRig({
    agents: [
      { name: 'gpu-1', kind: 'simulated', vramMib: 6144 },
      { name: 'gpu-2', kind: 'simulated', vramMib: 8192, curve: [{ atMs: 0, foreignMib: 3000 }] },
    ],
  });
  const each = { foreach: '{BATCH_PATH}/items.jsonl', depends_on: 'list', task_class: 'script' };
  const text = planText({
    list: { command: writeManifest(25) },
    big: { ...each, command: 'sleep 0.15', vram_estimate_mb: 2000 },
    small: { ...each, command: 'sleep 0.05', vram_estimate_mb: 700 },
    whole: { command: 'sleep 0.2', task_class: 'llm', depends_on: 'list' },
  });
  const batch = await play.submit(rig, text);
  const budgets = new Map([
    ['gpu-1', 4915],
    ['gpu-2', 6553],
  ]);
  const seen = new Map<string, number>();
  await eventually('the verdict', () => {
    for (const agent of budgets.keys()) {
      const beat = play.heartbeatOf(rig, agent)!;
      expect(beat.budget_mib).toBe(budgets.get(agent));
      seen.set(agent, Math.max(seen.get(agent) ?? 0, beat.reserved_mib));
    }
    return rig.read(`${play.folderOf(batch)}/RUN_SUMMARY.json`) !== null;
  });
  expect(await play.verdictOf(rig, batch)).toMatchObject({
    verdict: 'complete',
    counts: { complete: 52 },
  });
  const records = play.attemptsOf(rig, batch);
  const costs: Readonly<Record<string, number>> = { big: 2000, small: 700 };
  for (const [agent, budget] of budgets) {
    const cost = (task: string): number =>
      task === 'whole' ? budget : (costs[task.replace(/_\d+$/, '')] ?? 1024);
    expect(seen.get(agent)).toBeLessThanOrEqual(budget);
    expect(peakMib(records, agent, cost)).toBeLessThanOrEqual(budget);
    expect(peakMib(records, agent, cost)).toBeGreaterThan(2000);
  }
  // What other programs hold is not there to be reserved: 8192 − 3000 − 512 of headroom.
  const costOf = (task: string): number => costs[task.replace(/_\d+$/, '')] ?? 0;
  expect(peakMib(records, 'gpu-2', costOf)).toBeLessThanOrEqual(4680);
});
