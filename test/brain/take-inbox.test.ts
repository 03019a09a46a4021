// A submission that takes several turns: how much one of them does, and what a failure or a stop in between leaves.
import { describe, expect, it } from 'vitest';
import type { Brain } from '../../agents/brain/brain.ts';
import { finishStaged, lookAtInbox } from '../../agents/brain/take-inbox.ts';
import { wireBrain } from '../../agents/brain/wire.ts';
import { realClock } from '../../agents/process/clock.ts';
import { openLog } from '../../agents/process/log.ts';
import { realSpawner } from '../../agents/process/spawner.ts';
import { configSchema } from '../../agents/protocol/config.ts';
import { privatePath } from '../../agents/protocol/layout.ts';
import { openDoorbell } from '../../agents/store/doorbell.ts';
import { INBOX_STAGING, submit } from '../../agents/store/inbox.ts';
import { createStore } from '../../agents/store/store.ts';
import type { Store } from '../../agents/store/store.ts';
import { fanText } from '../../scripts/bench/plan-texts.ts';
import { baseSettings } from '../executor/rig.ts';
import { failing, setStage } from '../store/stage.ts';

const stage = setStage();

const LEAVES = 100;
/** With the root, the join and the summary. */
const FILES = LEAVES + 3;
const ID = 'demo-20260101-000000-aaaaa';

function brainOver(store: Store, acceptStepsMax: number): Brain {
  return wireBrain(
    {
      store,
      spawner: realSpawner,
      clock: realClock,
      doorbell: openDoorbell([], realClock),
      log: openLog('brain', 'silent'),
      executor: baseSettings,
      stopLevel: () => 0,
    },
    { epoch: 1, isNetwork: false, host: 'h', pid: 1, start_time: '1', boot_id: 'b' },
    configSchema.parse({ brain: { acceptStepsMax } }),
    {},
  );
}

const submitFan = (): Promise<void> =>
  submit(
    createStore(stage().disk, false, INBOX_STAGING, 'test'),
    {
      v: 1,
      id: ID,
      plan: 'demo',
      config: {},
      priority: 5,
      submitted_at: '2026-01-01T00:00:00.000Z',
      submitted_by: 'test',
    },
    fanText(LEAVES),
  );

const countIn = async (path: string): Promise<number> =>
  ((await stage().disk.list(path)) ?? []).length;
const stagedCount = (): Promise<number> => countIn(`${stage().store.staging}/${ID}`);
const privateCount = (): Promise<number> => countIn(privatePath(ID));

/** Turns until it is so. */
async function turnUntil(brain: Brain, isSo: () => Promise<boolean>): Promise<number> {
  let turns = 0;
  do {
    turns += 1;
    await lookAtInbox(brain);
  } while (!(await isSo()));
  return turns;
}

describe('a plan of a hundred headings', () => {
  it('is accepted step by step, and appears as a whole', async () => {
    await submitFan();
    const brain = brainOver(stage().store, 1);
    const staged = new Set<number>();
    const turns = await turnUntil(brain, async () => {
      staged.add(await stagedCount());
      expect([0, FILES]).toContain(await privateCount());
      return brain.world.batches.has(ID);
    });
    expect([...staged]).toEqual([0, 32, 64, 96, FILES]);
    expect(turns).toBeGreaterThan(fanText(LEAVES).length / 2048 + FILES / 32);
    expect(await privateCount()).toBe(FILES);
    expect(await lookAtInbox(brain)).toBe(false);
  });

  it('is accepted in fewer turns of more steps', async () => {
    await submitFan();
    const brain = brainOver(stage().store, 1000);
    expect(await lookAtInbox(brain)).toBe(false);
    expect(brain.world.batches.has(ID)).toBe(true);
  });

  it('begins anew when the disk refused one of its files', async () => {
    await submitFan();
    let creates = 0;
    const { disk, storeOver } = stage();
    const store = storeOver({
      create: (path, text, sync) =>
        ++creates === 50 ? failing('ENOSPC') : disk.create(path, text, sync),
    });
    const brain = brainOver(store, 1000);
    await expect(lookAtInbox(brain)).rejects.toThrow('ENOSPC');
    expect(await privateCount()).toBe(0);
    expect(await lookAtInbox(brain)).toBe(false);
    expect(await privateCount()).toBe(FILES);
    expect(brain.world.batches.has(ID)).toBe(true);
  });

  it('leaves nothing in staging when the brain stops in between', async () => {
    await submitFan();
    const brain = brainOver(stage().store, 1);
    await turnUntil(brain, async () => (await stagedCount()) > 0);
    await finishStaged(brain);
    expect([await stagedCount(), await privateCount()]).toEqual([0, FILES]);
    expect(await stage().disk.list('inbox')).not.toContain(ID);
  });
});
