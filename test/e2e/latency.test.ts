// Latency is by event, not by poll: from the end of a task to the start of the next one there are two
// processes and three files, and no wait.
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { planText } from '../helpers/plan-text.ts';
import * as play from '../helpers/plays.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';

const TASKS = 100;
const HOP_MS_MAX = 50;
const RUNS = 3;
/** Where a shell takes longer than 3 ms, a hop may take as long as this many of them. */
const SHELLS_MAX = 15;

let rig: Rig;
beforeAll(async () => {
  // Polls that would be seen at once: one of them alone is forty hops long.
  rig = await openRig({
    agents: [{ name: 'cpu-1', kind: 'cpu', slots: 2 }],
    config: {
      brain: { pollIntervalMs: 2000 },
      agent: {
        pollIntervalMs: 2000,
        internalIntervalMs: 2000,
        heartbeatIntervalMs: 1000,
        leaseMs: 4000,
      },
    },
  });
});
afterAll(() => rig.close());

const chain = planText(
  Object.fromEntries(
    Array.from({ length: TASKS }, (_, index) => [
      `t${index}`,
      { command: 'true', ...(index === 0 ? {} : { depends_on: `t${index - 1}` }) },
    ]),
  ),
);

async function measureHopMs(): Promise<number> {
  const batch = await play.submit(rig, chain);
  expect(await play.verdictOf(rig, batch)).toMatchObject({ verdict: 'complete', attempts: TASKS });
  const records = play.attemptsOf(rig, batch);
  const lastEnd = Math.max(...records.map(({ finished_at: end }) => Date.parse(end)));
  const firstStart = Date.parse(records[0]!.started_at);
  return (lastEnd - firstStart) / (TASKS - 1);
}

/** What starting a shell costs on this machine at this moment: a hop starts two. */
function measureShellMs(): number {
  const start = performance.now();
  for (let n = 0; n < 40; n++) spawnSync('/bin/sh', ['-c', 'true']);
  return (performance.now() - start) / 40;
}

it(`needs no more than ${HOP_MS_MAX} ms a hop in a chain of ${TASKS} tasks`, async () => {
  const runs: string[] = [];
  let excessMs = Number.POSITIVE_INFINITY;
  // A machine that is busy otherwise gets another chance, and is given the time that its shells take.
  while (runs.length < RUNS && excessMs > 0) {
    const shellMs = measureShellMs();
    const hopMs = await measureHopMs();
    const limitMs = Math.max(HOP_MS_MAX, SHELLS_MAX * Math.max(shellMs, measureShellMs()));
    excessMs = Math.min(excessMs, hopMs - limitMs);
    runs.push(`${hopMs.toFixed(1)} ms a hop, ${shellMs.toFixed(1)} ms a shell`);
  }
  process.stdout.write(`${runs.join('; ')}\n`);
  expect(excessMs, runs.join('; ')).toBeLessThanOrEqual(0);
});
