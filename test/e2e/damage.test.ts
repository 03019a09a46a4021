// Damaged and foreign files in the lanes: what is no task file does not exist for anybody; what should be
// one is set aside with a reason, and its task is written anew from the plan.
import {
  cpSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import type { Task } from '../../agents/protocol/task.ts';
import { eventually } from '../helpers/eventually.ts';
import { planText, writeManifest } from '../helpers/plan-text.ts';
import * as play from '../helpers/plays.ts';
import { shows } from '../helpers/reliability.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { namesIn } from '../helpers/tree.ts';

let rig: Rig;
const STRAYS =
  /\/(\.nfs[0-9a-f]+|\.#[^/]+|\.[^/]+\.json\.[A-Za-z]{6}|[^/]+\.json~|notes\.txt|[^/]+\.swp)$/;
afterEach(() => rig.close({ strays: STRAYS }));

/** Each does something to the task file at `path`; what the reason beside it in quarantine then says. */
const DAMAGES: Readonly<Record<string, readonly [damage: (path: string) => void, reason: RegExp]>> =
  {
    torn: [
      (path) => truncateSync(path, Math.floor(readFileSync(path).length / 2)),
      /^not valid JSON: /,
    ],
    empty: [(path) => truncateSync(path, 0), /^the file is empty$/],
    huge: [(path) => truncateSync(path, 52_428_800), /^larger than the limit of 4194304 bytes$/],
    keys: [
      (path) =>
        writeFileSync(
          path,
          JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as Task), shell: 'zsh' }),
        ),
      /^Unrecognized key: "shell"$/,
    ],
    other: [
      (path) =>
        writeFileSync(
          path,
          JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as Task), id: 'else' }),
        ),
      /^its name says .* other, its content .* else$/,
    ],
    link: [
      (path) => {
        cpSync(path, `${rig.home}/elsewhere.json`);
        unlinkSync(path);
        symlinkSync(`${rig.home}/elsewhere.json`, path);
      },
      /^not a regular file/,
    ],
    folder: [(path) => (unlinkSync(path), mkdirSync(path)), /^not a regular file/],
    pipe: [(path) => (unlinkSync(path), execFileSync('mkfifo', [path])), /^not a regular file/],
  };

it('sets damaged task files aside with a reason, and their tasks complete all the same', async () => {
  rig = await openRig({ isStarted: false });
  await rig.ready(rig.startBrain());
  const names = Object.keys(DAMAGES);
  const tasks = Object.fromEntries([...names, 'sound'].map((name) => [name, { command: 'true' }]));
  const batch = await play.submit(rig, planText(tasks));
  await eventually(
    'all are queued',
    () => namesIn(rig.at('tasks/queue')).length === names.length + 1,
  );
  for (const name of names) DAMAGES[name]![0](rig.at(play.placeOf(rig, batch, name)!.path));
  await Promise.all(rig.agents.map(({ name }) => rig.ready(rig.startAgent(name))));
  expect(await play.verdictOf(rig, batch)).toMatchObject({ verdict: 'complete', problems: [] });
  const aside = namesIn(rig.at('tasks/quarantine'));
  expect(aside).toHaveLength(2 * names.length);
  for (const name of names) {
    const file = aside.find((one) => one.includes(`.${name}.a1`) && one.endsWith('.reason.json'));
    const { reason } = rig.read(`tasks/quarantine/${file}`) as { reason: string };
    expect(reason).toMatch(DAMAGES[name]![1]);
    // A damaged file is a loss, so that a disk that damages all of them comes to an end.
    expect(play.placeOf(rig, batch, name)?.path).toBe(
      `tasks/complete/${batch}/${name}.a2f0l1n0.json`,
    );
  }
  expect(play.placeOf(rig, batch, 'sound')?.counts.attempt).toBe(1);
});

it('ignores what mounts, editors and rsync leave in any lane', async () => {
  rig = await openRig({ agents: [{ name: 'cpu-1', kind: 'cpu', slots: 4 }] });
  const text = planText({
    gate: { command: 'while [ ! -e {BATCH_PATH}/open ]; do sleep 0.05; done; true' },
    list: { command: writeManifest(20), depends_on: 'gate' },
    each: { command: 'true', foreach: '{BATCH_PATH}/items.jsonl', depends_on: 'list' },
  });
  const batch = await play.submit(rig, text);
  const { path } = await play.claimOf(rig, batch, 'gate');
  const file = path.slice(path.lastIndexOf('/') + 1);
  const waiting = file.replace(/\.by-[^.]+/, '').replace('.gate.', '.each_1.');
  const lanes = ['queue', 'processing', 'quarantine', `complete/${batch}`, `failed/${batch}`].map(
    (lane) => `tasks/${lane}`,
  );
  const others = [
    'inbox',
    'signals',
    'signals/done',
    'brain/epochs',
    'brain/escalations',
    'gpus',
    'cpus',
    'plans',
  ];
  const folders = [...lanes, `brain/private_tasks/${batch}`, ...others];
  const names = [
    '.nfs00000001',
    `.#${file}`,
    `.${file}.AbCdEf`,
    `${waiting}~`,
    'notes.txt',
    `${waiting}.swp`,
  ];
  const strays = folders.flatMap((folder) => names.map((name) => `${folder}/${name}`));
  // A whole task file behind each name: whoever took it would run it.
  for (const stray of strays) cpSync(rig.at(path), rig.at(stray));
  writeFileSync(rig.at(`${play.folderOf(batch)}/open`), '');
  expect(await play.verdictOf(rig, batch)).toMatchObject({ verdict: 'complete', attempts: 22 });
  expect(namesIn(rig.at('tasks/quarantine')).toSorted()).toEqual(names.toSorted());
  const archived = (stray: string): string =>
    stray.replace(`brain/private_tasks/${batch}`, `${play.folderOf(batch)}/tasks`);
  const gone = strays.filter(
    (stray) => namesIn(rig.at(archived(stray).replace(/\/[^/]+$/, ''))).length === 0,
  );
  expect(gone).toEqual([]);
  for (const stray of strays)
    expect(readFileSync(rig.at(archived(stray)), 'utf8')).toContain('"gate"');
});

it('runs nothing again from copies of task files that rsync brings back', async (context) => {
  rig = await openRig({
    agents: [
      { name: 'cpu-1', kind: 'cpu', slots: 2 },
      { name: 'cpu-2', kind: 'cpu', slots: 2 },
    ],
  });
  const ran = '{BATCH_PATH}/results/ran.txt';
  const text = planText({
    over: { command: `echo over >> ${ran}` },
    fails: { command: `echo fails >> ${ran}; [ "$TUTTI_ATTEMPT" -ge 2 ]` },
    runs: {
      command: `echo runs >> ${ran}; while [ ! -e {BATCH_PATH}/open ]; do sleep 0.05; done`,
      depends_on: 'over, fails',
    },
  });
  const batch = await play.submit(rig, text);
  await play.claimOf(rig, batch, 'runs');
  const record = (task: string): string =>
    readFileSync(rig.at(`${play.folderOf(batch)}/attempts/${task}.a1.json`), 'utf8');
  const before = [record('over'), record('fails')];
  const releases = play
    .eventsOf(rig, batch)
    .filter(({ type }) => type === 'release')
    .map(({ details }) => details as { task: string; to: string });
  // What was released first, of a task that is complete, of one that was tried again, and of one that runs.
  for (const { task, to } of releases) {
    cpSync(rig.at(play.placeOf(rig, batch, task)!.path), rig.at(`tasks/queue/${to}`));
  }
  const copies = (): string[] =>
    namesIn(rig.at('tasks/quarantine')).filter((name) => name.endsWith('.reason.json'));
  await eventually('the copies are set aside', () => copies().length === 3);
  for (const name of copies()) {
    expect(rig.read(`tasks/quarantine/${name}`)).toMatchObject({
      reason: 'its attempt was started before: it is a copy of an old file',
    });
  }
  writeFileSync(rig.at(`${play.folderOf(batch)}/open`), '');
  expect(await play.verdictOf(rig, batch)).toMatchObject({ verdict: 'complete', attempts: 4 });
  const lines = readFileSync(rig.at(`${play.folderOf(batch)}/results/ran.txt`), 'utf8');
  expect(lines.trim().split('\n').toSorted()).toEqual(['fails', 'fails', 'over', 'runs']);
  expect([record('over'), record('fails')]).toEqual(before);
  shows(context, {
    fault: 'a copy of an old task file comes back into the queue',
    process: 'agent',
    step: 'claims it',
    outcome: 'the run file is taken: the copy goes to quarantine, the first attempt stands',
  });
});

it('does not run a task file that no batch of this shared/ stands behind', async () => {
  rig = await openRig({ agents: [{ name: 'cpu-1', kind: 'cpu', slots: 4 }] });
  const batch = await play.submit(rig, planText({ only: { command: 'true' } }));
  await play.verdictOf(rig, batch);
  const real = rig.read(play.placeOf(rig, batch, 'only')!.path) as Task;
  const stranger = 'stranger-20261121-021455-abcde';
  const task = { ...real, batch: stranger, plan: 'stranger', command: 'touch {BATCH_PATH}/ran' };
  const name = `940000000000.cpu.1024.${stranger}.only.a1f0l0n0.json`;
  writeFileSync(rig.at(`brain/escalations/${name}.staged`), JSON.stringify(task));
  cpSync(rig.at(`brain/escalations/${name}.staged`), rig.at(`tasks/queue/${name}`));
  const end = await eventually('it is refused', () => play.placeOf(rig, stranger, 'only')?.reason);
  expect(end).toBe('definition');
  expect(namesIn(rig.at('plans/stranger/batches'))).not.toContain('ran');
});
