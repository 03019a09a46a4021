// The CLI on a running tutti: what a person types, what they get to read, and what it exits with.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tutti } from '../helpers/command-line.ts';
import { eventually } from '../helpers/eventually.ts';
import { planText } from '../helpers/plan-text.ts';
import * as play from '../helpers/plays.ts';
import { openRig, PROJECT } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { namesIn } from '../helpers/tree.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await openRig({ agents: [{ name: 'cpu-1', kind: 'cpu', slots: 4 }] });
});
afterEach(() => rig.check());
afterAll(() => rig.close());

const EXAMPLES = join(PROJECT, 'shared/plans/examples');

/** A plan folder outside of shared/, which submit imports. */
function planFolder(name: string, text: string): string {
  const folder = join(rig.home, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'plan.md'), text);
  return folder;
}

async function submitted(name: string, text: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await tutti(
    rig,
    'submit',
    planFolder(name, text),
    '--json',
    ...args,
  );
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  const { batch, plan } = JSON.parse(stdout) as { batch: string; plan: string };
  play.know(batch, plan);
  return batch;
}

describe('submit --wait', () => {
  it('plays a plan from a path, shows its end, and exits 0', async () => {
    const { code, stdout } = await tutti(rig, 'submit', join(EXAMPLES, 'diamond'), '--wait');
    expect(code).toBe(0);
    expect(stdout).toContain('output/table.txt');
  });

  it('exits 1 when the batch fails, and names the log', async () => {
    const folder = planFolder(
      'failing',
      planText({ broken: { command: 'echo alas; exit 3', retries: 0 } }),
    );
    const { code, stdout, stderr } = await tutti(rig, 'submit', folder, '--wait');
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(/broken[^]*exit status 3[^]*broken\.a1\.log/);
  });

  it('refuses a plan with errors before anything is submitted', async () => {
    const folder = planFolder('wrong', planText({ only: { command: 'true', dependson: 'none' } }));
    const before = namesIn(rig.at('inbox'));
    const { code, stderr } = await tutti(rig, 'submit', folder, '--wait');
    expect(code).toBe(2);
    expect(stderr).toMatch(/plan\.md:11:\d+: .*dependson.*\[PLAN_FIELD_UNKNOWN\]/);
    expect(namesIn(rig.at('inbox'))).toEqual(before);
  });
});

it('shows, explains, aborts and retries a task', async () => {
  const text = planText({
    long: { command: 'echo working; test -e {BATCH_PATH}/mended || sleep 300' },
    after: { command: 'true', depends_on: 'long' },
  });
  const batch = await submitted('steered', text);
  await play.claimOf(rig, batch, 'long');
  await eventually('it works', () => play.logOf(rig, batch, 'long') === 'working\n');
  expect((await tutti(rig, 'logs', `${batch}/long`)).stdout).toContain('working');
  expect((await tutti(rig, 'explain', `${batch}/after`)).stdout).toMatch(/long/);
  const status = await tutti(rig, 'status', '--batch', batch, '--json');
  expect(JSON.parse(status.stdout)).toMatchObject({ schema: 'tutti.status/1' });
  expect((await tutti(rig, 'status', '--tasks')).stdout).toMatch(/long/);
  expect(await tutti(rig, 'abort', `${batch}/long`, '--reason', 'enough')).toMatchObject({
    code: 0,
  });
  expect(await tutti(rig, 'wait', batch)).toMatchObject({ code: 1 });
  const [record] = play.attemptsOf(rig, batch);
  expect(record).toMatchObject({ outcome: 'aborted', message: expect.stringContaining('enough') });
  writeFileSync(rig.at(`${play.folderOf(batch)}/mended`), '');
  expect(await tutti(rig, 'retry', batch, '--descendants')).toMatchObject({ code: 0 });
  await eventually('it runs again', () => play.placeOf(rig, batch, 'after')?.lane === 'complete');
  expect(await tutti(rig, 'wait', batch)).toMatchObject({ code: 0 });
  expect((await tutti(rig, 'decisions')).stdout).toContain('retry');
});

it('pauses and resumes a batch and an agent, and cancels', async () => {
  expect(await tutti(rig, 'pause', 'cpu-1')).toMatchObject({ code: 0 });
  const batch = await submitted('held', planText({ only: { command: 'sleep 300' } }));
  await eventually('it waits', () => play.placeOf(rig, batch, 'only')?.lane === 'queue');
  expect((await tutti(rig, 'explain', `${batch}/only`)).stdout).toMatch(/paused/);
  expect(await tutti(rig, 'pause', batch)).toMatchObject({ code: 0 });
  await eventually('it was taken back', () => play.placeOf(rig, batch, 'only')?.lane === 'private');
  expect(await tutti(rig, 'resume', 'cpu-1')).toMatchObject({ code: 0 });
  expect(await tutti(rig, 'resume', batch)).toMatchObject({ code: 0 });
  await play.claimOf(rig, batch, 'only');
  expect(await tutti(rig, 'cancel', batch)).toMatchObject({ code: 0 });
  expect((await play.verdictOf(rig, batch)).verdict).toBe('cancelled');
  expect((await tutti(rig, 'wait', batch)).code).toBe(1);
});

it('resumes an earlier batch', async () => {
  const text = planText({
    first: { command: 'echo once' },
    second: { command: 'test -e {PLAN_PATH}/mended', retries: 0, depends_on: 'first' },
  });
  const earlier = await submitted('resumed', text);
  expect(await tutti(rig, 'wait', earlier)).toMatchObject({ code: 1 });
  writeFileSync(rig.at('plans/resumed/mended'), '');
  const { code } = await tutti(rig, 'submit', 'resumed', '--resume', earlier, '--wait');
  expect(code).toBe(0);
  expect(namesIn(rig.at('plans/resumed/batches'))).toHaveLength(2);
});

it('plays a plan on an empty machine, from start to end, and leaves nothing running', async () => {
  const alone = await openRig({
    isStarted: false,
    agents: [{ name: 'cpu-1', kind: 'cpu', slots: 2 }],
  });
  try {
    const { code, stdout, stderr } = await tutti(alone, 'play', join(EXAMPLES, 'diamond'));
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect(stdout).toContain('output/table.txt');
  } finally {
    await alone.close();
  }
});
