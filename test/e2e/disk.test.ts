// A disk that is full, a shared/ that is missing or cannot be written: nothing is lost, nothing hangs, and
// the text says what to do.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { planText, writeManifest } from '../helpers/plan-text.ts';
import * as play from '../helpers/plays.ts';
import { shows } from '../helpers/reliability.ts';
import { openRig, Rig } from '../helpers/rig.ts';
import { jsonOf } from '../helpers/tree.ts';

const mounts: string[] = [];

/** A small file system of its own; null, and a line that says so, where mounting is not permitted. */
function mountSmall(options: string): string | null {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tutti-e2e-mount-')));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    rmSync(folder, { recursive: true });
    process.stdout.write(
      `skipped: mounting is not permitted here: ${(error as Error).message.trim()}\n`,
    );
    return null;
  }
  mounts.push(folder);
  return folder;
}

let rig: Rig | undefined;
afterEach(async () => {
  try {
    await rig?.close();
  } finally {
    rig = undefined;
    for (const folder of mounts.splice(0)) {
      execFileSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true });
    }
  }
});

/** Writes until nothing fits any more. */
function fill(path: string): void {
  writeFileSync(path, '');
  for (const size of [65_536, 4096, 64]) {
    const chunk = Buffer.alloc(size, 'x');
    try {
      for (;;) appendFileSync(path, chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}

it('loses nothing on a full disk, and goes on by itself when there is space again', async (context) => {
  const shared = mountSmall('size=6m');
  if (shared === null) return context.skip();
  rig = await openRig({ shared });
  const text = planText({
    list: { command: writeManifest(40) },
    each: {
      command: 'sleep 0.1; echo {ITEM.id}',
      foreach: '{BATCH_PATH}/items.jsonl',
      depends_on: 'list',
    },
    last: { command: 'true', depends_on: 'each' },
  });
  const batch = await play.submit(rig, text);
  await eventually('some are complete', () => play.attemptsOf(rig!, batch).length > 8);
  fill(join(shared, 'filler'));
  await eventually('the agents notice', () => {
    const logs = rig!.programs.filter(({ name }) => name !== 'brain').map(({ log }) => log());
    return logs.filter((log) => log.includes('ENOSPC')).length >= 2;
  });
  await eventually('the brain notices', () => rig!.running('brain').log().includes('ENOSPC'));
  expect(rig.programs.every((program) => program.end() === null)).toBe(true);
  unlinkSync(join(shared, 'filler'));
  const summary = await play.verdictOf(rig, batch);
  expect(summary).toMatchObject({ verdict: 'complete', counts: { total: 42, complete: 42 } });
  shows(context, {
    fault: 'the disk is full',
    process: 'brain and agents',
    step: 'a batch runs',
    outcome: 'nothing ends and nothing is lost; all go on when there is space',
  });
  // The log of an attempt that ended on the full disk may be short; its record is whole.
  for (const record of play.attemptsOf(rig, batch)) expect(record.batch).toBe(batch);
  expect(play.decisions(rig)).toContain(`"type":"summarise"`);
});

describe('a shared/ that cannot be used ends brain and agents with 78', () => {
  /** What each of them says, and ends with. */
  async function endsOn(shared: string): Promise<readonly (readonly [number | string, string])[]> {
    rig = new Rig({});
    const to = ['--shared', shared];
    const programs = [
      rig.startBare('brain', 'agents/brain/main.js', to),
      rig.startBare('cpu-1', 'agents/gpu/main.js', [...to, '--name', 'cpu-1']),
    ];
    for (const program of programs) program.isEndWanted = true;
    return Promise.all(programs.map(async (one) => [await one.ended, one.log()] as const));
  }

  it.each([
    ['is missing', '/nowhere/shared'],
    ['is a file', new URL(import.meta.url).pathname],
  ])('because it %s', async (_, path) => {
    const text = `the shared directory ${path} does not exist [SHARED_MISSING]`;
    const refusal = [78, expect.stringContaining(text)];
    expect(await endsOn(path)).toEqual([refusal, refusal]);
  });

  it('because it is read-only', async (context) => {
    const shared = mountSmall('size=1m,ro');
    if (shared === null) return context.skip();
    const text = `the shared directory ${shared} cannot be written`;
    const refusal = [78, expect.stringContaining(text)];
    expect(await endsOn(shared)).toEqual([refusal, refusal]);
  });
});

it.each<[string, string, string]>([
  ['is not JSON', '{"sandbox": "off",}', 'config.json:1:'],
  ['has an unknown key', '{"agent": {"leaseMS": 5}}', 'Unrecognized key: "leaseMS"'],
  [
    'has a lease shorter than three heartbeats',
    '{"agent": {"leaseMs": 5, "heartbeatIntervalMs": 200}}',
    'expected at least 600',
  ],
])('ends with 78 and the place when config.json %s', async (_, text, expected) => {
  rig = new Rig({});
  writeFileSync(join(rig.home, 'config.json'), text);
  const program = rig.startBrain();
  program.isEndWanted = true;
  expect(await program.ended).toBe(78);
  expect(program.log()).toContain(expected);
  expect(program.log()).toContain(join(rig.home, 'config.json'));
});

it('makes the directories of an empty shared/', async () => {
  rig = new Rig({});
  rmSync(rig.shared, { recursive: true });
  mkdirSync(rig.shared);
  const programs = [rig.startBrain(), rig.startAgent('cpu-1')];
  await Promise.all(programs.map((program) => rig!.ready(program)));
  const batch = await play.submit(rig, planText({ only: { command: 'true' } }));
  expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
  expect(jsonOf(rig.at('brain/state.json'))).toMatchObject({ brain: 'running' });
});
