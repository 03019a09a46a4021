// Brain and agents killed at work. Whoever comes back finds everything in the lanes; what a dead agent had
// started goes on without it, and counts.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BrainState } from '../../agents/protocol/state.ts';
import { eventually } from '../helpers/eventually.ts';
import { planText, writeManifest } from '../helpers/plan-text.ts';
import * as play from '../helpers/plays.ts';
import { shows } from '../helpers/reliability.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { namesIn } from '../helpers/tree.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await openRig({
    agents: [
      { name: 'gpu-1', kind: 'simulated', vramMib: 6144 },
      { name: 'cpu-1', kind: 'cpu', slots: 4 },
    ],
    // Longer than any restart here: nothing is lost, so nothing may run twice.
    config: { agent: { leaseMs: 60_000 } },
  });
});
afterEach(() => rig.check());
afterAll(() => rig.close());

async function restartBrain(): Promise<void> {
  await rig.kill('brain');
  await rig.ready(rig.startBrain());
}

const epoch = (): number => namesIn(rig.at('brain/epochs')).length;

describe('the brain', () => {
  it('goes on in mid-batch after it was killed, and runs nothing twice', async (context) => {
    const text = planText({
      list: { command: writeManifest(40) },
      each: {
        command: 'echo {ITEM.id} >> {BATCH_PATH}/results/ran.txt; sleep 0.1',
        foreach: '{BATCH_PATH}/items.jsonl',
        depends_on: 'list',
      },
      flaky: { command: '[ "$TUTTI_ATTEMPT" -ge 2 ]' },
      last: { command: 'wc -l < {BATCH_PATH}/results/ran.txt', depends_on: 'each, flaky' },
    });
    const batch = await play.submit(rig, text);
    for (const enough of [3, 12, 25]) {
      await eventually(
        `${enough} are complete`,
        () => namesIn(rig.at(`tasks/complete/${batch}`)).length >= enough,
      );
      await restartBrain();
    }
    expect(await play.verdictOf(rig, batch)).toMatchObject({
      verdict: 'complete',
      duration_ms: null,
      counts: { total: 43, complete: 43 },
    });
    expect(play.logOf(rig, batch, 'last').trim()).toBe('40');
    expect(play.attemptsOf(rig, batch).filter(({ task }) => task.startsWith('each_'))).toHaveLength(
      40,
    );
    expect(epoch()).toBe(4);
    shows(context, {
      fault: 'killed three times',
      process: 'brain',
      step: 'a batch runs',
      outcome: 'goes on from the lanes; each task runs once',
    });
  });

  it('accepts after its start what was submitted while it was away', async (context) => {
    await rig.kill('brain');
    const batch = await play.submit(rig, planText({ only: { command: 'true' } }));
    expect(namesIn(rig.at('inbox'))).toContain(batch);
    rig.startBrain();
    expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
    shows(context, {
      fault: 'killed',
      process: 'brain',
      step: 'a batch is submitted meanwhile',
      outcome: 'accepts it when it is back',
    });
  });

  it('takes over its own running tasks', async (context) => {
    const batch = await play.submit(
      rig,
      planText({ own: { executor: 'brain', command: 'sleep 2; echo done; exit 0' } }),
    );
    await play.claimOf(rig, batch, 'own');
    await restartBrain();
    expect(await play.verdictOf(rig, batch)).toMatchObject({ verdict: 'complete' });
    expect(play.attemptsOf(rig, batch)).toHaveLength(1);
    expect(play.logOf(rig, batch, 'own')).toBe('done\n');
    shows(context, {
      fault: 'killed',
      process: 'brain',
      step: 'a task of its own runs',
      outcome: 'the worker lives on; its result counts once',
    });
  });

  it('keeps a paused batch paused, and takes commands for it', async () => {
    const text = planText({
      list: { command: writeManifest(100) },
      each: { command: 'sleep 0.2', foreach: '{BATCH_PATH}/items.jsonl', depends_on: 'list' },
    });
    const batch = await play.submit(rig, text);
    await eventually('some are complete', () => play.attemptsOf(rig, batch).length > 2);
    await play.command(rig, 'pause', batch);
    await eventually(
      'it is paused',
      () => namesIn(rig.at(`${play.folderOf(batch)}/commands`)).length === 1,
    );
    await restartBrain();
    const state = await eventually('the picture of the new brain', () => {
      const found = rig.read('brain/state.json') as BrainState | null;
      return found?.epoch === epoch() ? found : null;
    });
    expect(state.batches).toMatchObject([{ state: 'paused' }]);
    await play.command(rig, 'cancel', batch);
    expect((await play.verdictOf(rig, batch)).verdict).toBe('cancelled');
  });

  it('is one: a second one ends with 73 and the first one does not notice', async () => {
    const before = epoch();
    const first = rig.running('brain');
    const second = rig.startBrain();
    second.isEndWanted = true;
    expect(await second.ended).toBe(73);
    expect(second.log()).toContain('[BRAIN_RUNNING]');
    expect(second.log()).toContain(`pid ${first.pid} on `);
    const batch = await play.submit(rig, planText({ only: { command: 'true' } }));
    expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
    expect(epoch()).toBe(before);
  });
});

describe('an agent', () => {
  it('that was killed adopts its worker when it comes back, and the result counts', async (context) => {
    const batch = await play.submit(
      rig,
      planText({ long: { command: 'echo begin; sleep 3; echo end; exit 0' } }),
    );
    const { agent: name } = await play.claimOf(rig, batch, 'long');
    const [leader] = play.workersOf(rig, batch);
    await rig.kill(name!);
    expect(play.workersOf(rig, batch)).toContain(leader);
    await rig.ready(rig.startAgent(name!));
    await eventually('it is adopted', () =>
      play.heartbeatOf(rig, name!)?.running.some(({ adopted }) => adopted),
    );
    expect(await play.verdictOf(rig, batch)).toMatchObject({ verdict: 'complete', attempts: 1 });
    expect(play.attemptsOf(rig, batch)).toMatchObject([{ agent: name, attempt: 1, exit_code: 0 }]);
    expect(play.logOf(rig, batch, 'long')).toBe('begin\nend\n');
    expect(play.placeOf(rig, batch, 'long')?.path).toBe(
      `tasks/complete/${batch}/long.a1f0l0n0.json`,
    );
    shows(context, {
      fault: 'killed',
      process: 'agent',
      step: 'a task runs',
      outcome: 'the worker lives on and is adopted; its result counts once',
    });
  });

  it('commits what ended while it was away', async (context) => {
    const batch = await play.submit(
      rig,
      planText({ short: { command: 'sleep 0.7; exit 7', retries: 0 } }),
    );
    const { agent: name } = await play.claimOf(rig, batch, 'short');
    await rig.kill(name!);
    await eventually('the worker has ended', () => play.workersOf(rig, batch).length === 0);
    await rig.ready(rig.startAgent(name!));
    const { problems } = await play.verdictOf(rig, batch);
    expect(problems).toMatchObject([{ task: 'short', attempt: 1, exit_code: 7, agent: name }]);
    shows(context, {
      fault: 'killed',
      process: 'agent',
      step: 'a task ends meanwhile',
      outcome: 'its recorded exit status is committed',
    });
  });

  it('ends an adopted task at what is left of its timeout', async () => {
    const batch = await play.submit(
      rig,
      planText({ slow: { command: 'sleep 300', timeout: 3, retries: 0 } }),
    );
    const { agent: name } = await play.claimOf(rig, batch, 'slow');
    await rig.kill(name!);
    await rig.ready(rig.startAgent(name!));
    const { problems } = await play.verdictOf(rig, batch);
    expect(problems).toMatchObject([{ task: 'slow', reason: 'timeout', attempt: 1 }]);
    expect(play.workersOf(rig, batch)).toEqual([]);
  });

  it('of the same name is refused with 73', async () => {
    const second = rig.startAgent('cpu-1');
    second.isEndWanted = true;
    expect(await second.ended).toBe(73);
    expect(second.log()).toContain('[AGENT_RUNNING]');
  });
});
