// A brain and agents on clients of their own of one bad network mount: nothing is lost, nothing counts
// twice. The test itself looks at the server, where nothing is remembered.
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { planText, writeManifest } from '../helpers/plan-text.ts';
import * as play from '../helpers/plays.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig, RigOptions } from '../helpers/rig.ts';
import { namesIn, textOf } from '../helpers/tree.ts';
import { openServer } from './server.ts';
import type { Knobs, Server } from './server.ts';

const found = await openServer();
const why = typeof found === 'string' ? ` (skipped: ${found})` : '';

const MEMORY_MS = 400;
const BAD: Knobs = {
  attr: MEMORY_MS,
  negative: MEMORY_MS,
  dir: MEMORY_MS,
  silly: true,
  latency: 2,
};
const ITEMS = 30;
const IDS = Array.from({ length: ITEMS }, (_, n) => n + 1);

describe.skipIf(why !== '')(`on three clients${why}`, () => {
  const server = found as Server;
  let rig: Rig;
  afterEach(() => rig.close());
  afterAll(() => server.close());

  async function open(knobs: Knobs, options: RigOptions = {}): Promise<void> {
    const clients = [];
    for (let n = 0; n < 3; n++) clients.push(await server.mount({ ...BAD, ...knobs }));
    process.env['TUTTI_TEST_MOUNTS'] = [server.backing, ...clients].join(',');
    process.env['TUTTI_TEST_VISIBILITY_MS'] = String(MEMORY_MS);
    rig = await openRig(options);
  }

  const text = planText({
    list: { command: writeManifest(ITEMS) },
    each: {
      command: 'echo {ITEM.id} >> {BATCH_PATH}/results/"$TUTTI_TASK_ID" && sleep 0.1',
      foreach: '{BATCH_PATH}/items.jsonl',
      depends_on: 'list',
    },
    flaky: { command: '[ "$TUTTI_ATTEMPT" -ge 2 ]' },
    last: { command: 'true', depends_on: 'each, flaky' },
  });

  /** Answers what the tasks wrote, a line for each time they ran. */
  async function expectWhole(batch: string): Promise<string[]> {
    const total = ITEMS + 3;
    expect(await play.verdictOf(rig, batch, 60_000)).toMatchObject({
      verdict: 'complete',
      counts: { total, complete: total },
    });
    const folder = `${play.folderOf(batch)}/results`;
    const ran = namesIn(rig.at(folder)).map((name) => textOf(rig.at(`${folder}/${name}`))!);
    expect(new Set(ran.map(Number.parseFloat))).toEqual(new Set(IDS));
    return ran;
  }

  it('that remember, hear nothing of each other, and are told of errors that are none', async () => {
    await open({ lie: 60 });
    const batch = await play.submit(rig, text);
    const ran = await expectWhole(batch);
    // The list, the items, twice the flaky one, and the last.
    expect(play.attemptsOf(rig, batch)).toHaveLength(ITEMS + 4);
    expect(ran.toSorted()).toEqual(IDS.map((id) => `${id}\n`).toSorted());
  });

  it('that meet ESTALE, while the brain and an agent are killed', async () => {
    await open({ lie: 20, stale: 10 }, { config: { agent: { leaseMs: 2500 } } });
    const batch = await play.submit(rig, text);
    await eventually(
      'some are complete',
      () => namesIn(rig.at(`tasks/complete/${batch}`)).length >= 5,
    );
    await rig.kill('brain');
    await rig.kill('gpu-2');
    await rig.ready(rig.startBrain());
    expect((await expectWhole(batch)).length).toBe(ITEMS);
  });
});
