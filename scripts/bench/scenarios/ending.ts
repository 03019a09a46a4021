// (j) From a signal file to the death of the whole process group, as the attempt's record says it; and (k) from
// the death of an agent to the start of its task elsewhere.
import { realClock } from '../../../agents/process/clock.ts';
import type { TaskSignal } from '../../../agents/protocol/signal.ts';
import { sendSignal } from '../../../agents/store/signals.ts';
import type { Bench, Scenario } from '../bench.ts';
import { onStage } from '../bench.ts';
import { attemptsOf, claimOf, closed, ended, runsOf, submitPlan } from '../batches.ts';
import { oneText } from '../plan-texts.ts';
import { rowOf } from '../sample.ts';
import { agentName, startAgent } from '../stage.ts';
import type { Stage } from '../stage.ts';
import { eventually } from '../waiting.ts';

const GROUP = 'sleep 1000 & sleep 1000';

/** `verb` to a task with a child of its own. */
async function deathMs(stage: Stage, verb: TaskSignal): Promise<number> {
  const batch = await submitPlan(stage, oneText(GROUP));
  const { agent } = await claimOf(stage, batch, 'one');
  await eventually('the start', async () =>
    (await runsOf(stage, batch)).length > 0 ? true : null,
  );
  const startedMs = realClock.wall().getTime();
  const name = { agent, verb, batch, task: 'one', attempt: 1 };
  await sendSignal(stage.store, name, { v: 1, by: 'operator', reason: 'bench', at: '' });
  await ended(stage, batch);
  const [record] = await attemptsOf(stage, batch, 'one.');
  return Date.parse(record!.finished_at) - startedMs;
}

async function endings(bench: Bench): Promise<void> {
  for (const verb of ['abort', 'kill'] as const) {
    const values: number[] = [];
    await onStage(bench, { slots: [1] }, async (stage) => {
      for (let turn = 0; turn < bench.runs; turn++) values.push(await deathMs(stage, verb));
    });
    const what = `${verb} signal to dead process group`;
    bench.row(rowOf({ scenario: 'j', what, unit: 'ms', values }));
  }
}

const LEASE_MS = 3000;

/** Sleeps at first; the second attempt ends at once. */
const ONCE = '[ "$TUTTI_ATTEMPT" != 1 ] || exec sleep 1000';

async function losses(bench: Bench): Promise<void> {
  const values: number[] = [];
  const more = { agent: { leaseMs: LEASE_MS, heartbeatIntervalMs: LEASE_MS / 3 } };
  await onStage(bench, { slots: [1, 1], more }, async (stage, home) => {
    for (let turn = 0; turn < bench.runs; turn++) {
      const batch = await submitPlan(stage, oneText(ONCE));
      const { agent } = await claimOf(stage, batch, 'one');
      await eventually('the start', async () =>
        (await runsOf(stage, batch)).length > 0 ? true : null,
      );
      const index = stage.agents.findIndex((_, at) => agentName(at) === agent);
      const killedMs = realClock.wall().getTime();
      stage.agents[index]!.kill('SIGKILL');
      await closed(stage, batch);
      const [again] = await attemptsOf(stage, batch, 'one.a2');
      values.push(Date.parse(again!.started_at) - killedMs);
      // Under the same name it finds the worker of its last life, whose claim is gone, and ends it.
      stage.agents[index] = await startAgent(home, stage, agent);
    }
  });
  const what = `death of an agent to its task elsewhere, lease ${LEASE_MS} ms`;
  bench.row(rowOf({ scenario: 'k', what, unit: 'ms', values }));
}

export const ending: Scenario = { letter: 'j', title: 'signal to dead group', run: endings };
export const loss: Scenario = { letter: 'k', title: 'death of an agent', run: losses };
