import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { planText } from '../helpers/plan-text.ts';
import { openHouse } from './house.ts';
import type { House, Ran } from './house.ts';
import { statusSchema } from './schemas.ts';
import { AT, brainState, heartbeat, ME, stage } from './stage.ts';

let house: House;
afterEach(() => house.close());

const PLAN = planText({
  scan: { command: 'true' },
  inspect: { command: 'true', depends_on: 'scan', foreach: '{BATCH_PATH}/items.json:items' },
  report: { command: 'true', depends_on: 'inspect' },
});

const json = (ran: Ran) => statusSchema.parse(JSON.parse(ran.out));

/** What differs from run to run. */
const steady = (text: string): string =>
  text
    .replaceAll(house.shared, '<shared>')
    .replaceAll(/\b\d+(\.\d)? (ms|s) (ago|old)/g, '<age> $3')
    .replaceAll(`pid ${ME.pid}`, 'pid <pid>');

function middleOfABatch(): void {
  const scene = stage(house, PLAN);
  scene.complete('scan');
  scene.expand('inspect', ['inspect_a', 'inspect_b', 'inspect_c', 'inspect_d', 'inspect_e']);
  scene.complete('inspect_a');
  scene.running('inspect_b', 'cpu-1');
  scene.queued('inspect_c');
  scene.failed('inspect_d', 'failed', 3);
  heartbeat(house, {
    slots_used: 1,
    running: [
      {
        batch: scene.batch,
        task: 'inspect_b',
        attempt: 1,
        task_class: 'cpu',
        pid: 1,
        started_at: AT,
        elapsed_ms: 65_000,
        timeout_ms: 3_600_000,
        vram_reserved_mib: 0,
        vram_used_mib: null,
        adopted: false,
      },
    ],
    why_not_claimed: { cpu: '2 of 2 slots busy' },
  });
}

describe('tutti status', () => {
  it('of an empty shared/ says what to do', async () => {
    house = openHouse();
    const { code, out } = await house.tutti('status');
    expect(code).toBe(0);
    expect(steady(out)).toBe(
      [
        'tutti  <shared>',
        'brain  none has ever worked here; tutti up starts one',
        '',
        'no batches yet; tutti submit <plan> starts one',
        '',
      ].join('\n'),
    );
  });

  it('shows what runs, waits and failed, from the lanes alone', async () => {
    house = openHouse();
    middleOfABatch();
    const { out } = await house.tutti('status');
    expect(steady(out).replace(/1 m \d+ s/, '1 m 5 s')).toBe(
      [
        'tutti  <shared>',
        'brain  none has ever worked here; tutti up starts one',
        '',
        'Agents',
        '  cpu-1  running  1/2 slots  <age> ago  house.test',
        '      cpu waits: 2 of 2 slots busy',
        '',
        'demo-20260102-030405-aaaaa  running, ETA unknown',
        '  scan     ██████████████████████████████  1/1  complete',
        '  inspect  ██████▓▓▓▓▓▓▌▌▌▌▌▌············  1/5  1 running, 1 queued, 1 failed, 1 waiting',
        '  report   ······························  0/1  waits for inspect',
        '    ▸  inspect_b  on cpu-1  1 m 5 s',
        '    ✗ inspect_d  failed, attempt 3',
        '        <shared>/plans/demo/batches/demo-20260102-030405-aaaaa/logs/inspect_d.a3.log',
        '',
      ].join('\n'),
    );
  });

  it('prints a record of the versioned schema', async () => {
    house = openHouse();
    middleOfABatch();
    brainState(house, { seq: 9 });
    const record = json(await house.tutti('status', '--json'));
    expect(record.brain).toMatchObject({ state: 'alive', pid: ME.pid, host: 'house.test' });
    expect(
      record.batches[0]!.groups.map(({ task, total, complete, result }) => [
        task,
        total,
        complete,
        result,
      ]),
    ).toEqual([
      ['scan', 1, 1, 'complete'],
      ['inspect', 5, 1, 'open'],
      ['report', 1, 0, 'open'],
    ]);
    expect(record.batches[0]!.groups[2]!.waits_for).toEqual(['inspect']);
    const tasks = json(await house.tutti('status', '--tasks', '--json')).tasks!;
    expect(tasks.map(({ task, state }) => [task, state])).toEqual([
      ['scan', 'complete'],
      ['inspect', 'waiting'],
      ['inspect_a', 'complete'],
      ['inspect_b', 'running'],
      ['inspect_c', 'queued'],
      ['inspect_d', 'failed'],
      ['report', 'waiting'],
    ]);
  });

  it('tells a failure that will be tried again from one for good', async () => {
    house = openHouse({ retry: { attempts: 2 } });
    const scene = stage(house, planText({ a: { command: 'x' }, b: { command: 'x', retries: 5 } }));
    scene.failed('a', 'failed', 2);
    scene.failed('b', 'failed', 2);
    const record = json(await house.tutti('status', '--json'));
    expect(record.batches[0]!.problems.map(({ task, state }) => [task, state])).toEqual([
      ['a', 'failed'],
      ['b', 'retrying'],
    ]);
    scene.close({ verdict: 'failed' });
    const closed = json(await house.tutti('status', '--tasks', '--batch', 'aaaaa', '--json'));
    expect(closed.tasks!.map(({ state }) => state)).toEqual(['failed', 'failed']);
    expect(closed.closed.map(({ verdict }) => verdict)).toEqual(['failed']);
  });

  it('names the first problem of a closed batch, and its log', async () => {
    house = openHouse();
    const scene = stage(house, planText({ a: { command: 'x' } }));
    const [log, rest] = ['plans/demo/batches/x/logs/a.a1.log', { agent: 'cpu-1', exit_code: 3 }];
    const problem = { task: 'a', reason: 'failed', attempt: 1, message: 'it failed', log, ...rest };
    scene.close({ verdict: 'failed', problems: [problem] });
    const record = json(await house.tutti('status', '--json'));
    const path = join(house.shared, log);
    expect(record.closed[0]!.first_problem).toEqual({ task: 'a', reason: 'failed', log: path });
    expect((await house.tutti('status')).out).toContain(`\n    ✗ a  ${path}\n`);
  });

  it('gives an ETA from finished siblings, and names what it does not know', async () => {
    house = openHouse();
    middleOfABatch();
    const zero = {
      waiting: 0,
      queued: 0,
      running: 0,
      retrying: 0,
      complete: 0,
      failed: 0,
      skipped: 0,
      cancelled: 0,
    };
    const group = { foreach: false, depends_on: [], total: 1, duration_ms_mean: 2000, ...zero };
    const groups = [
      { ...group, task: 'scan' },
      { ...group, task: 'inspect', foreach: true, total: 5, duration_ms_mean: 60_000 },
      { ...group, task: 'report', duration_ms_mean: null },
    ];
    const batch = { batch: 'demo-20260102-030405-aaaaa', plan: 'demo', state: 'running' as const };
    brainState(house, { batches: [{ ...batch, elapsed_ms: 90_000, groups, goal: null }] });
    const { out } = await house.tutti('status');
    // Three of inspect are left, one runs at a time.
    expect(out).toMatch(/running, 1 m 3\d s, ETA 3 m \+ report\n/);
  });

  it('does not call a brain alive that is not: dead, stopped, and silent elsewhere', async () => {
    house = openHouse();
    const stateOf = async (): Promise<string> =>
      json(await house.tutti('status', '--json')).brain.state;
    brainState(house, { start_time: '1', at: AT });
    expect(await stateOf()).toBe('dead');
    brainState(house, { brain: 'stopped', start_time: '1' });
    expect(await stateOf()).toBe('stopped');
    brainState(house, { host: 'elsewhere', interval_ms: 100 });
    expect(await stateOf()).toBe('dead');
    const running = house.start('status', '--json');
    let ran: Ran | null = null;
    void running.ended.then((one) => (ran = one));
    let seq = 100;
    const answered = await eventually('an answer', () => {
      seq += 1;
      brainState(house, { host: 'elsewhere', interval_ms: 1000, seq });
      return ran;
    });
    expect(json(answered).brain.state).toBe('alive');
    house.write('brain/state.json', '{"torn');
    house.write('brain/epochs/00000007.json', {});
    expect(json(await house.tutti('status', '--json')).brain).toMatchObject({
      state: 'unknown',
      epoch: 7,
    });
  });

  it('says that an agent elsewhere is unknown when no brain ages it', async () => {
    house = openHouse();
    heartbeat(house, { host: 'elsewhere' });
    heartbeat(house, { agent: 'cpu-2', start_time: '1' });
    heartbeat(house, { agent: 'cpu-3', state: 'stopped' });
    house.write('cpus/cpu-4/heartbeat.json', 'not json');
    const states = async () =>
      json(await house.tutti('status', '--json')).agents.map(({ state }) => state);
    expect(await states()).toEqual(['unknown', 'dead', 'stopped', 'unknown']);
    const seen = {
      agent: 'cpu-1',
      kind: 'cpu' as const,
      state: 'lost' as const,
      heartbeat_age_ms: 5,
    };
    brainState(house, { agents: [seen] });
    expect(await states()).toEqual(['lost', 'dead', 'stopped', 'unknown']);
  });

  it('shows pause, cancel, submissions, escalations, quarantine and untaken commands', async () => {
    house = openHouse();
    const scene = stage(house, PLAN);
    const command = {
      v: 1,
      id: '20260102-030405678-aaaaa',
      verb: 'pause',
      batch: scene.batch,
      at: AT,
      by: 'me',
    };
    house.write(`plans/demo/batches/${scene.batch}/commands/${command.id}.json`, command);
    house.write('inbox/demo-20260102-030406-bbbbb/batch.json', {
      v: 1,
      id: 'demo-20260102-030406-bbbbb',
      plan: 'demo',
      config: {},
      priority: 5,
      submitted_at: AT,
      submitted_by: 'x',
    });
    house.write(`inbox/${command.id}.command.json`, command);
    house.write('brain/escalations/stuck.json', {});
    house.write('tasks/quarantine/bad.json', '');
    house.write('tasks/quarantine/bad.json.reason.json', {});
    const { out } = await house.tutti('status');
    expect(out).toContain('demo-20260102-030405-aaaaa  paused, ETA unknown\n');
    expect(out).toContain('demo-20260102-030406-bbbbb  submitted\n');
    expect(out).toContain(
      [
        'Attention',
        '  brain/escalations/stuck.json needs a person',
        '  1 refused file in tasks/quarantine: read the reason beside it, then delete both',
        '  1 command not taken by the brain yet',
        '',
      ].join('\n'),
    );
  });

  it('stays quick with 10,000 tasks', () => {
    house = openHouse();
    const scene = stage(house, PLAN);
    scene.complete('scan');
    const ids = Array.from({ length: 10_000 }, (_, index) => `inspect_${index}`);
    scene.expand('inspect', ids);
    for (const id of ids.slice(0, 9000)) {
      writeFileSync(join(house.shared, `tasks/complete/${scene.batch}/${id}.a1f0l0n0.json`), '');
    }
    const timed = (args: string[]): number => {
      const startMs = performance.now();
      const ran = spawnSync(process.execPath, args, { encoding: 'utf8' });
      expect(ran.status, ran.stderr).toBe(0);
      return performance.now() - startMs;
    };
    const tutti = join(import.meta.dirname, '../../dist/scripts/tutti.js');
    const best = (args: string[]): number => Math.min(...[1, 2, 3, 4, 5].map(() => timed(args)));
    // 400 ms where an empty Node starts in 40: a slow machine is given as much more.
    expect(best([tutti, 'status', '--settings', house.config])).toBeLessThan(
      10 * best(['-e', '0']),
    );
  });
});
