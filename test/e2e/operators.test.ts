// What a person asks for while tutti runs: cancel, retry, pause, resume. Each is a file in the inbox, or a
// signal for an agent; no state is edited.
import { existsSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { liftSignal } from '../../agents/store/signals.ts';
import { eventually } from '../helpers/eventually.ts';
import { planText, writeManifest } from '../helpers/plan-text.ts';
import * as play from '../helpers/plays.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { namesIn } from '../helpers/tree.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await openRig({
    agents: [
      { name: 'gpu-1', kind: 'simulated', vramMib: 6144 },
      { name: 'cpu-1', kind: 'cpu', slots: 2 },
    ],
  });
});
afterEach(() => rig.check());
afterAll(() => rig.close());

const groupsOf = (summary: Awaited<ReturnType<typeof play.verdictOf>>): unknown[] =>
  summary.groups.map(({ task, complete, failed, skipped, cancelled }) => [
    task,
    complete,
    failed,
    skipped,
    cancelled,
  ]);

describe('cancel', () => {
  it('ends a batch: what runs is aborted, what waits never starts', async () => {
    const text = planText({
      list: { command: writeManifest(40) },
      each: { command: 'sleep 300', foreach: '{BATCH_PATH}/items.jsonl', depends_on: 'list' },
      last: { command: 'true', depends_on: 'each' },
    });
    const batch = await play.submit(rig, text);
    await eventually('some run', () => play.workersOf(rig, batch).length >= 6);
    await play.command(rig, 'cancel', batch);
    const summary = await play.verdictOf(rig, batch);
    expect(summary).toMatchObject({ verdict: 'cancelled', reason: 'an operator cancelled it' });
    const each = summary.groups.find(({ task }) => task === 'each')!;
    expect(each.failed + each.cancelled).toBe(40);
    expect(play.attemptsOf(rig, batch, 'each_1')[0]).toMatchObject({ outcome: 'aborted' });
    expect(play.workersOf(rig, batch)).toEqual([]);
    expect(namesIn(rig.at('tasks/queue'))).toEqual([]);
    // Whoever asked stays visible beside the batch.
    expect(namesIn(rig.at(`${play.folderOf(batch)}/commands`))).toHaveLength(1);
  });

  it('ends one task and skips what depends on it', async () => {
    const text = planText({
      first: { command: 'sleep 300' },
      second: { command: 'true', depends_on: 'first' },
      beside: { command: 'true' },
    });
    const batch = await play.submit(rig, text);
    await play.claimOf(rig, batch, 'first');
    await play.command(rig, 'cancel', batch, { task: 'first' });
    const summary = await play.verdictOf(rig, batch);
    expect(summary.verdict).not.toBe('complete');
    expect(groupsOf(summary)).toEqual([
      ['first', 0, 1, 0, 0],
      ['second', 0, 0, 1, 0],
      ['beside', 1, 0, 0, 0],
    ]);
    expect(play.placeOf(rig, batch, 'first')?.reason).toBe('aborted');
  });

  it('takes a waiting task and a waiting child by name', async () => {
    const text = planText({
      gate: { command: 'while [ ! -e {BATCH_PATH}/open ]; do sleep 0.05; done' },
      late: { command: 'true', depends_on: 'gate' },
      list: { command: writeManifest(3), depends_on: 'gate' },
      each: { command: 'true', foreach: '{BATCH_PATH}/items.jsonl', depends_on: 'list' },
    });
    const batch = await play.submit(rig, text);
    await play.claimOf(rig, batch, 'gate');
    await play.command(rig, 'cancel', batch, { task: 'late' });
    await play.command(rig, 'cancel', batch, { task: 'each_2' });
    await eventually(
      'late is cancelled',
      () => play.placeOf(rig, batch, 'late')?.reason === 'cancelled',
    );
    writeFileSync(rig.at(`${play.folderOf(batch)}/open`), '');
    expect(groupsOf(await play.verdictOf(rig, batch))).toEqual([
      ['gate', 1, 0, 0, 0],
      ['late', 0, 0, 0, 1],
      ['list', 1, 0, 0, 0],
      ['each', 2, 0, 0, 1],
    ]);
    expect(play.attemptsOf(rig, batch, 'each_2')).toEqual([]);
  });
});

describe('retry', () => {
  const text = planText({
    solid: { command: 'echo once >> {BATCH_PATH}/results/solid.txt' },
    broken: { command: 'test -e {BATCH_PATH}/mended', retries: 0, depends_on: 'solid' },
    below: { command: 'true', depends_on: 'broken' },
    last: { command: 'true', depends_on: 'below' },
  });
  const mend = (batch: string): void => writeFileSync(rig.at(`${play.folderOf(batch)}/mended`), '');

  it('runs only what failed, and keeps the first verdict beside the second', async () => {
    const batch = await play.submit(rig, text);
    expect((await play.verdictOf(rig, batch)).verdict).toBe('failed');
    mend(batch);
    await play.command(rig, 'retry', batch);
    await eventually(
      'it runs again',
      () => play.placeOf(rig, batch, 'broken')?.lane === 'complete',
    );
    const summary = await play.verdictOf(rig, batch);
    expect(groupsOf(summary)).toEqual([
      ['solid', 1, 0, 0, 0],
      ['broken', 1, 0, 0, 0],
      ['below', 0, 0, 1, 0],
      ['last', 0, 0, 1, 0],
    ]);
    expect(play.placeOf(rig, batch, 'broken')?.path).toBe(
      `tasks/complete/${batch}/broken.a2f0l0n0.json`,
    );
    expect(play.attemptsOf(rig, batch, 'solid')).toHaveLength(1);
    const names = namesIn(rig.at(play.folderOf(batch)));
    expect(names.filter((name) => name.startsWith('RUN_SUMMARY.before-'))).toHaveLength(1);
  });

  it('runs the descendants too when it is asked to', async () => {
    const batch = await play.submit(rig, text);
    await play.verdictOf(rig, batch);
    mend(batch);
    await play.command(rig, 'retry', batch, { task: 'broken', descendants: true });
    await eventually('the end', () => play.placeOf(rig, batch, 'last')?.lane === 'complete');
    const summary = await play.verdictOf(rig, batch);
    expect(summary).toMatchObject({ verdict: 'complete', counts: { complete: 4, total: 4 } });
    expect(play.attemptsOf(rig, batch).map(({ task }) => task)).toEqual([
      'solid',
      'broken',
      'broken',
      'below',
      'last',
    ]);
  });

  it('brings back the failed children of a foreach, and what waits for the group', async () => {
    const batch = await play.submit(
      rig,
      planText({
        list: { command: writeManifest(4) },
        each: {
          command: 'n={ITEM.id}; [ "$n" != 3 ] || test -e {BATCH_PATH}/mended',
          foreach: '{BATCH_PATH}/items.jsonl',
          depends_on: 'list',
          retries: 0,
        },
        last: { command: 'true', depends_on: 'each' },
      }),
    );
    expect((await play.verdictOf(rig, batch)).verdict).toBe('failed');
    mend(batch);
    await play.command(rig, 'retry', batch, { descendants: true });
    await eventually('the end', () => play.placeOf(rig, batch, 'last')?.lane === 'complete');
    expect(await play.verdictOf(rig, batch)).toMatchObject({
      verdict: 'complete',
      counts: { complete: 6, total: 6 },
    });
    expect(play.attemptsOf(rig, batch)).toHaveLength(7);
  });
});

describe('pause and resume', () => {
  it('takes back what nobody has claimed, and goes on later', async () => {
    const text = planText({
      list: { command: writeManifest(30) },
      each: { command: 'sleep 0.1', foreach: '{BATCH_PATH}/items.jsonl', depends_on: 'list' },
    });
    const batch = await play.submit(rig, text);
    await eventually('some are complete', () => play.attemptsOf(rig, batch).length > 5);
    await play.command(rig, 'pause', batch);
    await eventually('it stands still', () => {
      const folder = rig.at(`${play.folderOf(batch)}/commands`);
      return namesIn(folder).length === 1 && play.workersOf(rig, batch).length === 0;
    });
    await eventually('nothing is on its way', () =>
      ['queue', 'processing'].every((lane) => namesIn(rig.at(`tasks/${lane}`)).length === 0),
    );
    const before = play.attemptsOf(rig, batch).length;
    expect(before).toBeLessThan(31);
    rig.check();
    expect(
      namesIn(rig.at(`brain/private_tasks/${batch}`)).filter((name) => name.startsWith('each_'))
        .length,
    ).toBeGreaterThan(0);
    await play.command(rig, 'resume', batch);
    expect(await play.verdictOf(rig, batch)).toMatchObject({ verdict: 'complete', attempts: 31 });
  });

  it('leaves an agent alone until its pause is lifted', async () => {
    for (const { name } of rig.agents) await play.signal(rig, { agent: name, verb: 'pause' });
    await eventually('both pause', () =>
      rig.agents.every(({ name }) => play.heartbeatOf(rig, name)?.state === 'paused'),
    );
    const batch = await play.submit(rig, planText({ only: { command: 'true' } }));
    const why = await eventually(
      'it says why',
      () => play.heartbeatOf(rig, 'cpu-1')?.why_not_claimed['cpu'],
    );
    expect(why).toBe('paused');
    expect(play.placeOf(rig, batch, 'only')?.lane).toBe('queue');
    await liftSignal(rig.store, { agent: 'cpu-1', verb: 'pause' });
    expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
    expect(play.attemptsOf(rig, batch)[0]?.agent).toBe('cpu-1');
    await liftSignal(rig.store, { agent: 'gpu-1', verb: 'pause' });
    await eventually('gpu-1 is back', () => play.heartbeatOf(rig, 'gpu-1')?.state === 'running');
  });
});

describe('submit --resume', () => {
  it('spares what an earlier batch completed, with the files it made', async () => {
    const text = planText({
      list: { command: `${writeManifest(3)}; echo x >> {BATCH_PATH}/results/list.txt` },
      each: {
        command: 'touch {BATCH_PATH}/results/{ITEM.id}',
        foreach: '{BATCH_PATH}/items.jsonl',
        depends_on: 'list',
      },
      broken: {
        command: 'test -e /nowhere || test "$TUTTI_BATCH_ID" != "$(cat {BATCH_PATH}/first)"',
        retries: 0,
        depends_on: 'each',
      },
      last: {
        command: 'ls {BATCH_PATH}/results > {BATCH_PATH}/output/all.txt',
        depends_on: 'broken',
      },
    });
    const first = await play.submit(rig, text);
    await eventually('it is accepted', () =>
      existsSync(rig.at(`${play.folderOf(first)}/batch.json`)),
    );
    writeFileSync(rig.at(`${play.folderOf(first)}/first`), first);
    expect((await play.verdictOf(rig, first)).verdict).toBe('failed');
    const second = await play.submit(rig, text, { resumeOf: first });
    const summary = await play.verdictOf(rig, second);
    expect(summary).toMatchObject({ verdict: 'complete', counts: { total: 6, complete: 6 } });
    const ran = play.attemptsOf(rig, second).filter(({ log }) => log.includes(second));
    expect(ran.map(({ task }) => task)).toEqual(['broken', 'last']);
    expect(namesIn(rig.at(`${play.folderOf(second)}/results`))).toEqual([
      '1',
      '2',
      '3',
      'list.txt',
    ]);
  });

  it('runs everything again when an input differs', async () => {
    const before = '## Inputs\n\n- **word**: one';
    const text = planText({ say: { command: 'echo {word}' } }, before);
    const first = await play.submit(rig, text);
    await play.verdictOf(rig, first);
    const second = await play.submit(rig, text, { resumeOf: first, config: { word: 'two' } });
    await play.verdictOf(rig, second);
    expect(play.logOf(rig, second, 'say')).toBe('two\n');
  });
});
