// `tutti sync` with a real rsync between two directories of this machine, by path and over a remote shell,
// whole and cut in every way: whatever breaks where, the rig runs what was submitted, once, and the gateway
// sees how it went.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { statusSchema } from '../cli/schemas.ts';
import { eventually } from '../helpers/eventually.ts';
import { Gap, hasRsync, LONG_MS, openGap, within } from '../helpers/gap.ts';
import { planText } from '../helpers/plan-text.ts';
import { know } from '../helpers/plays.ts';
import { jsonOf, namesIn, pathsBelow, textOf } from '../helpers/tree.ts';

vi.setConfig({ testTimeout: 2 * LONG_MS });

const RESULT_BYTES = 2_000_000;
const PLAN = planText({
  greet: { command: 'sh {PLAN_PATH}/scripts/greet.sh > {BATCH_PATH}/results/greeting.txt' },
  weigh: {
    command: `head -c ${RESULT_BYTES} /dev/urandom > {BATCH_PATH}/results/heavy.bin`,
    depends_on: 'greet',
  },
});
const SCRIPTS = { 'greet.sh': 'echo hello from the rig\n' };

describe.skipIf(!hasRsync)('across a gap (needs rsync)', () => {
  let gap: Gap;
  beforeAll(async () => {
    gap = await openGap();
  });
  afterAll(() => gap.close());

  const folderOf = (batch: string): string =>
    `plans/${batch.slice(0, -'-YYYYMMDD-HHMMSS-xxxxx'.length)}/batches/${batch}`;
  const isClosedOn = (at: (path: string) => string, batch: string): boolean =>
    existsSync(at(`${folderOf(batch)}/RUN_SUMMARY.json`));
  const isHome = (batch: string) => (): boolean => isClosedOn((path) => gap.at(path), batch);
  const isDone = (batch: string): Promise<unknown> =>
    eventually(`${batch} ends on the rig`, () => isClosedOn((path) => gap.rig.at(path), batch));
  const submit = async (name: string): Promise<string> => {
    const batch = await gap.submit(gap.plan(name, PLAN, SCRIPTS));
    know(batch, name);
    return batch;
  };
  const waiting = (): string[] => namesIn(gap.at('inbox')).filter((name) => !name.startsWith('.'));
  /** Once on the rig, complete, byte for byte the same on the gateway. */
  const expectWhole = (batch: string): void => {
    const folder = folderOf(batch);
    expect(jsonOf(gap.at(`${folder}/RUN_SUMMARY.json`))).toMatchObject({ verdict: 'complete' });
    expect(textOf(gap.at(`${folder}/results/greeting.txt`))).toBe('hello from the rig\n');
    const [here, there] = [gap.at(folder), gap.rig.at(folder)];
    const heavy = readFileSync(`${there}/results/heavy.bin`);
    expect(heavy.length).toBe(RESULT_BYTES);
    expect(readFileSync(`${here}/results/heavy.bin`).equals(heavy)).toBe(true);
    expect(namesIn(`${there}/attempts`).filter((name) => /^greet\.a\d+\.json$/.test(name))).toEqual(
      ['greet.a1.json'],
    );
    expect(existsSync(gap.at(`inbox/${batch}`))).toBe(false);
    expect(namesIn(gap.rig.at('inbox')).filter((name) => !name.startsWith('.'))).toEqual([]);
  };

  it('submits here, runs there, brings the results back, and says how old its picture is', async () => {
    const rig = gap.rig.shared;
    const first = await gap.tutti(['submit', gap.plan('hello', PLAN, SCRIPTS)]);
    expect(first.code).toBe(0);
    const batch = first.stdout.trim();
    know(batch, 'hello');
    const sync = gap.start(['sync', rig, '--watch', '--interval', '0.3']);
    await eventually('it comes home', isHome(batch), LONG_MS);
    await eventually('the copy of here goes', () => !existsSync(gap.at(`inbox/${batch}`)));
    expectWhole(batch);
    expect(textOf(gap.at('plans/hello/plan.md'))).toBe(PLAN);
    const second = await gap.tutti(['sync', rig]);
    expect(second.code).toBe(73);
    expect(second.stderr).toContain('[SYNC_RUNNING]');
    await eventually('the brain is seen to live', async () => {
      const { stdout } = await gap.tutti(['status', '--json']);
      const status = statusSchema.parse(JSON.parse(stdout));
      const isSeen = status.brain.state === 'alive' && status.agents[0]?.state === 'alive';
      return isSeen && status.sync !== null && status.sync.pulled_age_ms! < 20_000;
    });
    const { stdout } = await gap.tutti(['status']);
    expect(stdout).toMatch(/^rig +\/.*; this picture of it was pulled [\d.]+ m?s ago$/m);
    const watched = await gap.tutti(['watch', '--once']);
    expect(watched.stdout).toMatch(/^rig +\/.*; this picture of it was pulled [\d.]+ m?s ago$/m);
    sync.signal('SIGTERM');
    expect(await sync.ended).toBe(143);
    expect(existsSync(gap.at('sync/sync.lock'))).toBe(false);
  });

  it('carries commands and signals once, in order', async () => {
    const plan = planText({
      long: { command: 'sleep 300' },
      after: { command: 'true', depends_on: 'long' },
    });
    const batch = await gap.submit(gap.plan('steered', plan));
    know(batch, 'steered');
    const remote = `rig.test:${gap.rig.shared}`;
    const claim = (shared: (path: string) => string): string | undefined =>
      namesIn(shared('tasks/processing')).find((name) => name.includes(batch));
    await gap.syncUntil('it runs', () => claim((path) => gap.at(path)), remote);
    const pause = await gap.tutti(['pause', batch]);
    expect(pause.stdout).toContain('with the next `tutti sync`');
    await gap.tutti(['resume', batch]);
    const cancel = await gap.tutti(['cancel', batch]);
    expect(cancel.code).toBe(75);
    await gap.syncUntil('it is cancelled', isHome(batch), remote);
    const folder = gap.rig.at(folderOf(batch));
    const verbs = namesIn(`${folder}/commands`).map(
      (name) => (jsonOf(`${folder}/commands/${name}`) as { verb: string }).verb,
    );
    expect(verbs).toEqual(['pause', 'resume', 'cancel']);
    expect(jsonOf(gap.at(`${folderOf(batch)}/RUN_SUMMARY.json`))).toMatchObject({
      verdict: 'cancelled',
    });
    await gap.syncUntil('its receipts are home', () => waiting().length === 0, remote);

    const stop = await gap.tutti(['stop', 'cpu-1']);
    expect(stop.stdout).toContain('stops when the next `tutti sync`');
    const agent = gap.rig.running('cpu-1');
    agent.isEndWanted = true;
    await gap.syncUntil('the agent has stopped', () => agent.end() !== null, remote);
    const again = gap.rig.startAgent('cpu-1');
    await gap.rig.ready(again);
    for (let round = 0; round < 3; round++) await gap.round(remote);
    expect(again.end()).toBe(null);
  });

  it('serves two gateways: each sends its own, and sees what the other sent', async () => {
    const other = new Gap(gap.rig, 'door');
    try {
      const here = await submit('front');
      const there = await other.submit(other.plan('back', PLAN, SCRIPTS));
      know(there, 'back');
      const remote = gap.rig.shared;
      const gateways = [gap, other];
      const areHome = (): boolean =>
        gateways.every((each) =>
          [here, there].every((batch) => isClosedOn((path) => each.at(path), batch)),
        );
      await eventually(
        'both are home on both',
        async () => {
          for (const each of gateways) await each.round(remote);
          return areHome();
        },
        LONG_MS,
      );
      await eventually('the copy of here goes', async () => {
        await gap.round(remote);
        return !existsSync(gap.at(`inbox/${here}`));
      });
      expectWhole(here);
      const [result, sent] = [gap.rig.at(folderOf(there)), other.at(folderOf(there))].map(
        (folder) => readFileSync(`${folder}/results/heavy.bin`),
      );
      expect(sent!.equals(result!)).toBe(true);
      expect(namesIn(gap.rig.at('inbox/.arriving')).toSorted()).toEqual(['door-test', 'gate-test']);
    } finally {
      await other.leave();
    }
  });

  it('refuses what belongs on the rig', async () => {
    for (const args of [['up'], ['fsck'], ['pause', 'cpu-1'], ['stop', '--all']]) {
      const { code, stderr } = await gap.tutti(args);
      expect([args, code, stderr]).toEqual([args, 78, expect.stringContaining('[SHARED_GATEWAY]')]);
    }
    const inside = await gap.tutti(['sync', gap.at('plans')]);
    expect([inside.code, inside.stderr]).toEqual([
      2,
      expect.stringContaining('[ARGUMENT_INVALID]'),
    ]);
    const none = await gap.tutti(['sync']);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('[SYNC_UNCONFIGURED]')]);
    const bare = await gap.tutti(['sync', gap.rig.shared], { PATH: '/nowhere' });
    expect([bare.code, bare.stderr]).toEqual([78, expect.stringContaining('[RSYNC_MISSING]')]);
  });

  it('does not take an empty mount point for a rig', async () => {
    const before = pathsBelow(gap.at('brain'));
    const { code, stderr } = await gap.tutti(['sync', `${gap.home}/logs-of-nobody`]);
    expect([code, stderr]).toEqual([75, expect.stringContaining('[SYNC_FAILED]')]);
    expect(pathsBelow(gap.at('brain'))).toEqual(before);
  });

  it('loses and doubles nothing when the link is cut after any number of bytes', async () => {
    const batch = await submit('cut');
    const remote = `rig.test:${gap.rig.shared}`;
    for (const cut of [1, 300, 2500, 12_000, 90_000, 1_200_000]) {
      await gap.round(remote, { rsh: `env CUT=${cut} ${gap.shell}` });
      expect(unreadable(gap)).toEqual([]);
    }
    await gap.syncUntil('it is carried', () => existsSync(gap.rig.at(folderOf(batch))), remote);
    await isDone(batch);
    await gap.syncUntil('it comes home', isHome(batch), remote);
    expectWhole(batch);
    gap.rig.check();
  });

  it('loses and doubles nothing when sync and rsync are killed at any moment', async () => {
    const batch = await submit('killed');
    const rig = gap.rig.shared;
    for (let round = 0; round < 8; round++) {
      const sync = gap.start(['sync', rig]);
      await eventually('it begins', () => sync.end() !== null || gap.state().pid === sync.pid);
      await within(300, () => {
        if (round % 3 === 0) gap.killRsync();
        else sync.signal('SIGKILL');
      });
      await sync.ended;
      expect(unreadable(gap)).toEqual([]);
    }
    await gap.syncUntil('it comes home', isHome(batch), rig);
    expectWhole(batch);
    gap.rig.check();
  });

  it('keeps the results of what the rig has archived', async () => {
    const batch = await submit('archived');
    const rig = gap.rig.shared;
    await gap.syncUntil('it comes home', isHome(batch), rig);
    const path = gap.at(`${folderOf(batch)}/results/heavy.bin`);
    const { mtimeMs } = statSync(path);
    const { archiveBatch } = await import('../../agents/store/archive.ts');
    await archiveBatch(gap.rig.store, { plan: 'archived', batch });
    await gap.round(rig);
    expect(statSync(path).mtimeMs).toBe(mtimeMs);
    expect(namesIn(gap.at(`tasks/complete/${batch}`))).toHaveLength(3);
  });
});

/** What a reader on either side could not make sense of. */
function unreadable(gap: Gap): string[] {
  const pictures = [gap.at('brain/state.json'), gap.at('cpus/cpu-1/heartbeat.json')];
  const broken = pictures.filter((path) => !isJson(textOf(path) ?? '{}'));
  const batches = namesIn(gap.rig.at('inbox')).filter((name) => !name.startsWith('.'));
  const half = batches.filter((batch) => {
    const isWhole = existsSync(gap.rig.at(`inbox/${batch}/plan.md`));
    // It may have been accepted in this moment.
    return !isWhole && existsSync(gap.rig.at(`inbox/${batch}`));
  });
  return [...broken, ...half];
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
