// `tutti fsck`: nothing is wrong with what a real run left behind, or beside a rig at work; each kind of
// breach is found where it is, and mended without anything being lost.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootId, realSpawner } from '../../agents/process/spawner.ts';
import { BREACH_KINDS } from '../../agents/store/fsck/breach.ts';
import { inspect, repair } from '../../agents/store/fsck/fsck.ts';
import type { FsckOptions } from '../../agents/store/fsck/fsck.ts';
import { eventually } from '../helpers/eventually.ts';
import { tutti } from '../helpers/command-line.ts';
import { planText, writeManifest } from '../helpers/plan-text.ts';
import * as play from '../helpers/plays.ts';
import { openRig, PROJECT } from '../helpers/rig.ts';
import { namesIn, pathsBelow } from '../helpers/tree.ts';
import { copyOf, makeBase } from './fsck/house.ts';
import type { Base, House } from './fsck/house.ts';
import { SEEDS } from './fsck/seeds.ts';

const DAY_MS = 86_400_000;
const AT = '2026-11-21T02:14:55.000Z';
const options: FsckOptions = {
  view: {
    host: 'elsewhere',
    bootId,
    isAlive: ({ pid, startTime }) => realSpawner.identify(pid)?.startTime === startTime,
    isPidTaken: (pid) => realSpawner.identify(pid) !== null,
  },
  staleMs: DAY_MS / 24,
  // What was written a moment ago is old to whoever looks tomorrow.
  now: () => new Date(Date.now() + DAY_MS),
  pause: () => Promise.resolve(),
};

let base: Base;
beforeAll(async () => {
  base = await makeBase();
});
afterAll(() => rmSync(base.root, { recursive: true, force: true }));

const find = async ({ store }: House) => (await inspect(store, options)).breaches;

it('finds nothing in what a real run left behind', async () => {
  const { breaches, looks, files } = await inspect(copyOf(base).store, options);
  expect(breaches).toEqual([]);
  expect(looks).toBe(1);
  expect(files).toBeGreaterThan(40);
});

it('has a seed for every kind of breach', () => {
  expect([...new Set(SEEDS.map(({ kind }) => kind))].toSorted()).toEqual(
    Object.keys(BREACH_KINDS).toSorted(),
  );
});

it('has a row for every kind of breach in docs/OPERATIONS.md', () => {
  const page = readFileSync(join(PROJECT, 'docs/OPERATIONS.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` +\| (.*?) +\| /gm)].map(([, kind, is]) => [kind, is]);
  expect(rows.filter(([kind]) => Object.hasOwn(BREACH_KINDS, kind!))).toEqual(
    Object.entries(BREACH_KINDS),
  );
});

describe('finds it, names it, and mends what it may', () => {
  it.each(SEEDS.map((seed) => [seed.kind, seed.what, seed] as const))(
    '%s: %s',
    async (kind, _, { seed, isLeft }) => {
      const house = copyOf(base);
      const path = seed(house);
      const before = contents(house);
      const found = await find(house);
      expect(found.map((breach) => [breach.kind, breach.path])).toEqual([[kind, path]]);
      const done = await repair(house.store, found[0]!, AT);
      expect(done).toBe(isLeft === true ? 'left' : 'repaired');
      // Nothing is gone: what was there is there, here or in quarantine.
      const after = contents(house);
      expect(before.filter((text) => !after.includes(text))).toEqual([]);
      expect(await find(house)).toEqual(isLeft === true ? found : []);
      expect(namesIn(house.at('inbox/.staging'))).toEqual([]);
    },
  );
});

/** Of every file that is no link. */
const contents = (house: House): string[] =>
  pathsBelow(house.shared).flatMap((path) => {
    try {
      return readFileSync(house.at(path), 'utf8');
    } catch {
      return [];
    }
  });

it('leaves to a living agent what it holds', async () => {
  const house = copyOf(base);
  const claim = house
    .find(/^tasks\/queue\/.*\.first\./)
    .replace('/queue/', '/processing/')
    .replace(/\.json$/, '.by-cpu-1.json');
  const queued = house.find(/^tasks\/queue\//);
  house.put(claim, readFileSync(house.at(queued), 'utf8'));
  const heartbeat = JSON.parse(
    readFileSync(house.at('cpus/cpu-1/heartbeat.json'), 'utf8'),
  ) as object;
  house.put('cpus/cpu-1/heartbeat.json', JSON.stringify({ ...heartbeat, state: 'running' }));
  const dead = house.find(/^tasks\/complete\/.*\/list\./);
  house.put(
    claim.replace('.first.', '.list.').replace(/demo-\d+-\d+-\w+/, /demo-[^/]+/.exec(dead)![0]),
    readFileSync(house.at(dead), 'utf8'),
  );
  const found = await find(house);
  expect(found.map(({ kind, repair: how }) => [kind, how.is])).toEqual([
    ['two_lanes', 'nothing'],
    ['two_lanes', 'quarantine'],
  ]);
});

it('finds nothing beside a rig at work', async () => {
  const rig = await openRig();
  const busy = planText({
    list: { command: writeManifest(50) },
    each: {
      foreach: '{BATCH_PATH}/items.jsonl',
      depends_on: 'list',
      command: '[ "$TUTTI_ATTEMPT" -ge 2 ] || case {ITEM.id} in *[13579]) exit 1 ;; esac',
    },
  });
  const batches = [await play.submit(rig, busy)];
  const isOver = (batch: string): boolean =>
    existsSync(rig.at(`${play.folderOf(batch)}/RUN_SUMMARY.json`));
  const pause = async (): Promise<void> => {
    const names = readdirSync(rig.at('tasks/queue')).join();
    await eventually('something moved', () => {
      const isMoved = readdirSync(rig.at('tasks/queue')).join() !== names;
      return isMoved || batches.every(isOver);
    });
  };
  let looks = 0;
  while (!batches.every(isOver)) {
    const { breaches, looks: count } = await inspect(rig.store, { ...options, pause });
    expect(breaches).toEqual([]);
    looks += count;
  }
  expect(looks).toBeGreaterThan(2);
  const { code, stdout } = await tutti(rig, 'fsck', '--json', '--patience', '0.2');
  expect(JSON.parse(stdout)).toMatchObject({ schema: 'tutti.fsck/1', breaches: [] });
  expect(code).toBe(0);
  await rig.close();
});

it('says what is wrong, mends it, and has an exit code for each', async () => {
  const rig = await openRig({ isStarted: false, shared: copyOf(base).shared });
  const path = rig.at('tasks/queue/notes.txt');
  rmSync(path, { force: true });
  const none = await tutti(rig, 'fsck', '--patience', '0');
  expect(none).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^clean: \d+ files, 1 look\n$/),
  });
  mkdtempSync(join(rig.shared, 'odd-'));
  const first = await tutti(rig, 'fsck', '--patience', '0');
  expect(first.code).toBe(1);
  expect(first.stdout).toMatch(
    /^unknown_file {2}odd-\w+\n {4}docs\/PROTOCOL.md knows no such folder\n/,
  );
  expect(first.stdout).toContain('nothing was changed; tutti fsck --repair mends');
  const second = await tutti(rig, 'fsck', '--patience', '0', '--repair');
  expect(second.code).toBe(0);
  expect(second.stdout).toContain('1 mended, 0 left');
  expect(namesIn(rig.at('tasks/quarantine')).map((name) => name.slice(0, 4))).toEqual([
    'odd-',
    'odd-',
  ]);
  await rig.close();
});
