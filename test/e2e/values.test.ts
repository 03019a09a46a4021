// Values that look like code, names that no shell likes, and sizes that fill pipes, arguments and disks.
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { planText } from '../helpers/plan-text.ts';
import * as play from '../helpers/plays.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { namesIn, pathsBelow, textOf } from '../helpers/tree.ts';

const LOG_BYTES_MAX = 1_048_576;

let rig: Rig;
beforeAll(async () => {
  rig = await openRig({
    agents: [{ name: 'cpu-1', kind: 'cpu', slots: 4 }],
    config: { task: { logBytesMax: LOG_BYTES_MAX } },
  });
});
afterEach(() => rig.check());
afterAll(() => rig.close());

const HOSTILE = [
  'a b;$(touch x)',
  '`touch x`; touch x',
  'it\'s "quoted" \\ and $HOME',
  '-rf',
  '* ? [a-z] ~ #',
  'line one\nline two\n\nline four',
  'tab\there',
  'naïve café — 数据 🎻 \u202e',
  '{ITEM.path} {BATCH_PATH} {{x}}',
  '',
];

it('hands every value to the command as one word, whatever is in it', async () => {
  const plan = 'hostile';
  const folder = rig.at(`plans/${plan}`);
  mkdirSync(join(folder, 'files'), { recursive: true });
  const items = HOSTILE.map((value, index) => ({
    id: index,
    value,
    name: value.replaceAll('/', '_') || 'empty',
  }));
  for (const { name, id } of items) writeFileSync(join(folder, 'files', name), `content ${id}`);
  writeFileSync(join(folder, 'items.json'), JSON.stringify(items));
  const text = planText({
    show: {
      command: `cat -- {PLAN_PATH}/files/{ITEM.name} > {BATCH_PATH}/results/{ITEM.id}.content\nprintf '%s' {ITEM.value} > {BATCH_PATH}/results/{ITEM.id}.bare\nprintf '%s' "x{ITEM.value}" > {BATCH_PATH}/results/{ITEM.id}.double\nprintf '%s' '{ITEM.value}' > {BATCH_PATH}/results/{ITEM.id}.single`,
      foreach: '{PLAN_PATH}/items.json',
      retries: 0,
    },
    copy: {
      command: `mkdir -p {BATCH_PATH}/output/copies && cp -- {PLAN_PATH}/files/{ITEM.name} {BATCH_PATH}/output/copies/{ITEM.name}`,
      foreach: '{PLAN_PATH}/items.json',
      retries: 0,
    },
  });
  const batch = await play.submit(rig, text, { plan });
  const summary = await play.verdictOf(rig, batch);
  expect(summary.problems).toEqual([]);
  const results = rig.at(`${play.folderOf(batch)}/results`);
  for (const { id, value } of items) {
    const read = (kind: string): string | null => textOf(join(results, `${id}.${kind}`));
    expect([id, read('content'), read('bare'), read('double'), read('single')]).toEqual([
      id,
      `content ${id}`,
      value,
      `x${value}`,
      value,
    ]);
  }
  const copies = namesIn(rig.at(`${play.folderOf(batch)}/output/copies`));
  expect(copies).toEqual(items.map(({ name }) => name).toSorted());
  // Nothing of it ran.
  expect(pathsBelow(rig.home).filter((path) => /(^|\/)x$/.test(path))).toEqual([]);
});

it('names children by ids that no file system likes', async () => {
  const ids = ['../../up', 'a/b', 'a b', 'ä', 'A'.repeat(200), '.hidden', 'x.json', 'tab\t', '🎻'];
  const plan = 'odd-ids';
  mkdirSync(rig.at(`plans/${plan}`));
  writeFileSync(rig.at(`plans/${plan}/items.json`), JSON.stringify(ids.map((id) => ({ id }))));
  const text = planText({
    each: {
      command: `printf '%s' {ITEM.id} > "{BATCH_PATH}/results/$TUTTI_TASK_ID"`,
      foreach: '{PLAN_PATH}/items.json',
    },
  });
  const batch = await play.submit(rig, text, { plan });
  expect((await play.verdictOf(rig, batch)).counts).toMatchObject({
    total: ids.length,
    complete: ids.length,
  });
  const results = rig.at(`${play.folderOf(batch)}/results`);
  const written = namesIn(results).map((name) => textOf(join(results, name)));
  expect(new Set(written)).toEqual(new Set(ids));
});

it('keeps the log of a command that prints 1 GB within its limit', async () => {
  const text = planText({
    loud: {
      command: `echo first; head -c 1000000000 /dev/zero | tr '\\0' x; echo; echo '{"last": true}'`,
    },
  });
  const batch = await play.submit(rig, text);
  expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
  const [record] = play.attemptsOf(rig, batch);
  expect(record).toMatchObject({ result: { last: true } });
  // What came between the look at the size and the cut is gone uncounted.
  expect(record!.log_dropped_bytes).toBeGreaterThan(900_000_000);
  expect(statSync(rig.at(record!.log)).size).toBeLessThanOrEqual(LOG_BYTES_MAX + 4096);
  const log = play.logOf(rig, batch, 'loud');
  expect(log.startsWith('first\nxxx')).toBe(true);
  expect(log).toMatch(/\n\[tutti: \d+ bytes of output dropped\]\n/);
});

it('takes an item of 1 MB by value, by file and in the environment of none', async () => {
  const plan = 'large';
  const large = 'line of text\n'.repeat(80_660);
  mkdirSync(rig.at(`plans/${plan}`));
  writeFileSync(rig.at(`plans/${plan}/items.json`), JSON.stringify([{ id: 'one', text: large }]));
  const text = planText({
    value: { command: `printf '%s' {ITEM.text} | wc -c`, foreach: '{PLAN_PATH}/items.json' },
    file: { command: 'wc -c < "$TUTTI_ITEMS_PATH"', foreach: '{PLAN_PATH}/items.json' },
  });
  const batch = await play.submit(rig, text, { plan });
  const summary = await play.verdictOf(rig, batch);
  expect(summary).toMatchObject({ verdict: 'complete', problems: [] });
  expect(Number(play.logOf(rig, batch, 'value_one'))).toBe(large.length);
  expect(Number(play.logOf(rig, batch, 'file_one'))).toBeGreaterThan(large.length);
});
