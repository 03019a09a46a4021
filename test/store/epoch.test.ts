// The fence between brains: numbers that nobody gets twice, and a staging directory that goes away.
import { describe, expect, it } from 'vitest';
import { EPOCHS, QUEUE, STAGING } from '../../agents/protocol/layout.ts';
import type { EpochHolder } from '../../agents/protocol/epoch.ts';
import type { Task } from '../../agents/protocol/task.ts';
import { newestEpoch, openEpoch, readNewestHolder } from '../../agents/store/epoch.ts';
import { releaseChild } from '../../agents/store/lanes.ts';
import { publish } from '../../agents/store/store.ts';
import { jsonOf, namesIn, textOf } from '../helpers/tree.ts';
import { codeOf } from './conformance/code-of.ts';
import { setStage } from './stage.ts';

const stage = setStage();
const at = (path: string): string => `${stage().root}/${path}`;

const holder: EpochHolder = {
  host: 'one',
  pid: 7,
  start_time: '12345',
  boot_id: 'b',
  started_at: '2026-11-21T02:14:55.123Z',
};
const start = (who: EpochHolder = holder) => openEpoch(stage().storeOver({}), who);
/** Brains from before left their directory, or not; `boot` is the one of the stage. */
const stagingNames = (): string[] => namesIn(at(STAGING)).filter((name) => name !== 'boot');

describe('epochs', () => {
  it('begin at 1 and grow with every start', async () => {
    expect(await newestEpoch(stage().store)).toBe(0);
    for (const expected of [1, 2, 3]) {
      const { epoch } = await start();
      expect([epoch, await newestEpoch(stage().store)]).toEqual([expected, expected]);
    }
    expect(namesIn(at(EPOCHS))).toEqual(['00000001.json', '00000002.json', '00000003.json']);
    expect(jsonOf(at(`${EPOCHS}/00000002.json`))).toEqual({ v: 1, epoch: 2, ...holder });
  });

  it('go on after the newest one, whatever is missing below or lies beside it', async () => {
    for (const name of ['00000041.json', '00000007.json', '99.json', '00000099.json.bak', '.x']) {
      await stage().disk.create(`${EPOCHS}/${name}`, '', false);
    }
    expect((await start()).epoch).toBe(42);
  });

  it('are different for brains that start at once', async () => {
    const started = await Promise.all([start(), start(), start()]);
    expect(new Set(started.map(({ epoch }) => epoch))).toEqual(new Set([1, 2, 3]));
  });

  it('name who started the newest one; a damaged or missing file names nobody', async () => {
    expect(await readNewestHolder(stage().store)).toBeNull();
    await start({ ...holder, pid: 1 });
    await start({ ...holder, pid: 2 });
    expect(await readNewestHolder(stage().store)).toEqual({ v: 1, epoch: 2, ...holder, pid: 2 });
    await stage().disk.create(`${EPOCHS}/00000003.json`, '{"v":1,', false);
    expect(await readNewestHolder(stage().store)).toBeNull();
  });
});

describe('the staging directory', () => {
  const child: Task = {
    v: 1,
    id: 'scan_a',
    batch: 'demo-20261121-021455-k3f9x',
    plan: 'demo',
    template: 'scan',
    executor: 'worker',
    task_class: 'cpu',
    command: 'true',
    depends_on: [],
    priority: 50,
  };
  const counts = { attempt: 1, failures: 0, losses: 0, notNow: 0 };
  const queued = { rank: '490000000001', taskClass: 'cpu', vram: 0, counts } as const;
  const name = { ...queued, batch: child.batch, task: child.id };

  it('of an older brain goes away, and with it every task that it would create', async () => {
    const older = await start();
    await publish(older.store, `${QUEUE}/a`, 'x');
    await older.store.disk.create(older.store.nextTemporary(), 'never published', false);
    const newer = await start();
    expect(stagingNames()).toEqual(['e2', 'gone-e1']);

    expect(await codeOf(() => releaseChild(older.store, child, name))).toBe('ENOENT');
    expect(namesIn(at(QUEUE))).toEqual(['a']);
    await releaseChild(newer.store, child, name);
    expect(namesIn(at(QUEUE))).toHaveLength(2);
  });

  it('keeps what lay in it for a person to see', async () => {
    const { store } = await start();
    const left = store.nextTemporary();
    await store.disk.create(left, 'never published', false);
    await start();
    await start();
    expect(stagingNames()).toEqual(['e3', 'gone-e1', 'gone-e2']);
    expect(textOf(at(left.replace('/e1/', '/gone-e1/')))).toBe('never published');
  });

  it('stops even a file that was written before and would be renamed after', async () => {
    const older = await start();
    const temporary = older.store.nextTemporary();
    await older.store.disk.create(temporary, 'x', false);
    await start();
    expect(await codeOf(() => older.store.disk.rename(temporary, `${QUEUE}/a`))).toBe('ENOENT');
  });
});
