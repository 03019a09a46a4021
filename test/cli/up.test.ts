// up, play and stop with the real brain and the real agents, as a person starts them.
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realSpawner } from '../../agents/process/spawner.ts';
import { eventually } from '../helpers/eventually.ts';
import { planText } from '../helpers/plan-text.ts';
import { openHouse } from './house.ts';
import type { House, Ran } from './house.ts';

const AGENTS = [
  { name: 'cpu-1', kind: 'cpu', slots: 2 },
  { name: 'sim-1', kind: 'simulated', vramMib: 8192 },
];

let house: House;
beforeEach(() => {
  house = openHouse({ agents: AGENTS, launch: { backoffMs: 10 }, retry: { attempts: 1 } });
});
afterEach(() => house.close());

const isAlive = (pid: number | null | undefined): boolean =>
  pid !== null && pid !== undefined && realSpawner.identify(pid) !== null;

const pidOf = (name: string): number =>
  house.launch()!.processes.find((one) => one.name === name)!.pid!;

/** Everything that launch watched over is gone, and it said goodbye. */
function expectDown(pids: readonly number[]): void {
  expect(house.launch()?.state).toBe('stopped');
  expect(pids.filter(isAlive)).toEqual([]);
}

const everyPid = (): number[] => [house.launch()!.pid, ...['brain', 'cpu-1', 'sim-1'].map(pidOf)];

const withoutPlace = ({ out, err }: Ran): string =>
  (out + err).replaceAll(house.shared, '…').replaceAll(/pid \d+/g, 'pid N');

function writePlan(tasks: Parameters<typeof planText>[0]): void {
  house.write('plans/tune/plan.md', planText(tasks));
}

describe('tutti up --detach', () => {
  it('returns when all are alive, is refused a second time, and is ended by stop --all', async () => {
    const up = await house.tutti('up', '--detach');
    expect(up.code).toBe(0);
    expect(withoutPlace(up)).toBe(
      [
        'brain     alive, pid N',
        'cpu-1     alive, pid N',
        'sim-1     alive, pid N',
        'Its lines go to …/logs/processes/house.test.launch.out',
        'Stop it with `tutti stop --all`',
        '',
      ].join('\n'),
    );
    const pids = everyPid();
    expect(pids.filter(isAlive)).toEqual(pids);
    // Four threads, as Node has by itself, would let four files reach the disk at once.
    for (const pid of pids) {
      const given = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      expect(given).toContain('UV_THREADPOOL_SIZE=16');
    }

    const second = await house.tutti('up');
    expect(second.code).toBe(73);
    expect(withoutPlace(second)).toBe(
      'tutti is already up on this host for … (pid N) [LAUNCH_RUNNING]\n' +
        '    Use it as it is, or stop it with `tutti stop --all`.\n',
    );
    const stop = await house.tutti('stop', '--all');
    expect([stop.code, stop.out]).toEqual([0, 'launch has stopped, with brain, cpu-1, sim-1\n']);
    expectDown(pids);
  });

  it('adopts brain and agents when their launch was killed', async () => {
    await house.tutti('up', '--detach');
    const before = everyPid();
    process.kill(house.launch()!.pid, 'SIGKILL');
    const { code, out } = await house.tutti('up', '--detach', '--json');
    expect(code).toBe(0);
    const record = JSON.parse(out) as { schema: string; processes: object[] };
    expect(record.schema).toBe('tutti.up/1');
    expect(record.processes).toMatchObject(
      ['brain', 'cpu-1', 'sim-1'].map((name, index) => ({
        name,
        is: 'alive',
        state: 'running',
        adopted: true,
        pid: before[index + 1],
      })),
    );
    await house.tutti('stop', '--all');
    expectDown(before);
  });

  it('says what did not come up', async () => {
    writeFileSync(
      house.config,
      JSON.stringify({ agents: AGENTS, permissions: { worker: 'no.json' } }),
    );
    const up = await house.tutti('up', '--detach');
    expect([up.code, withoutPlace(up)]).toEqual([1, expect.any(String)]);
    expect(withoutPlace(up)).toMatch(
      /^cpu-1 {5}exited with status 78: its configuration or the shared directory cannot be used; not started again, see logs\/processes\/house\.test\.cpu-1\.log$/m,
    );
    await house.tutti('stop', '--all');
  });

  it.each([
    [
      ['--agents', 'cpu1'],
      2,
      'there is no agent cpu1 [AGENT_UNKNOWN]\n    Did you mean `cpu-1`? Known agents: cpu-1, sim-1.\n',
    ],
    [['--shared', '/nowhere'], 78, 'the shared directory /nowhere does not exist [SHARED_MISSING]'],
  ])('refuses %j', async (flags, code, text) => {
    const up = await house.tutti('up', '--detach', ...flags);
    expect([up.code, withoutPlace(up)]).toEqual([code, expect.stringContaining(text)]);
  });
});

describe('tutti up', () => {
  it('prints a line per process and stops at Ctrl-C', async () => {
    const up = house.start('up', '--agents', 'cpu-1');
    await eventually('a heartbeat', () => house.has('cpus/cpu-1/heartbeat.json'));
    up.signal('SIGINT');
    const { code, out } = await up.ended;
    expect(code).toBe(0);
    expect(out.replaceAll(/^\S+ | *pid \d+/gm, '')).toBe(
      [
        'brain     started,',
        'cpu-1     started,',
        'cpu-1     asked to finish what runs and stop',
        'cpu-1     exited with status 0',
        'brain     asked to stop',
        'brain     exited with status 0',
        '',
      ].join('\n'),
    );
  });

  it('starts the brain alone', async () => {
    const up = house.start('up', '--brain-only');
    await eventually('a brain', () => house.has('brain/state.json'));
    expect(house.launch()?.processes.map(({ name }) => name)).toEqual(['brain']);
    up.signal('SIGTERM');
    expect((await up.ended).code).toBe(0);
  });
});

describe('tutti play', () => {
  it('starts what is missing, plays the plan, stops everything, exits 0', async () => {
    writePlan({ one: { command: 'echo made > {BATCH_PATH}/output/song.txt' } });
    const played = await house.tutti('play', 'tune');
    expect([played.code, played.err]).toEqual([
      0,
      `brain and cpu-1 and sim-1 started; their logs are in ${house.shared}/logs/processes\n`,
    ]);
    expect(played.out).toMatch(/✓ complete {2}tune-\S+ {2}2? ?\d of \d tasks? in/);
    expect(played.out).toMatch(/Made\n {2}\S+\/output\/song\.txt\n$/);
    expectDown([]);
    expect(house.launch()?.processes.map(({ state }) => state)).toEqual([
      'stopped',
      'stopped',
      'stopped',
    ]);
  });

  it('exits 1 when the batch fails', async () => {
    writePlan({ one: { command: 'exit 3' } });
    const { code, out } = await house.tutti('play', 'tune');
    expect(code).toBe(1);
    expect(out).toContain('✗ failed');
    expectDown([]);
  });

  it('starts nothing for a plan that is wrong', async () => {
    writePlan({ one: { command: 'true', depends_on: 'two' } });
    const { code, err } = await house.tutti('play', 'tune');
    expect(code).toBe(2);
    expect(err).toContain('two');
    expect(house.launch()).toBe(null);
  });

  it('cancels its batch at Ctrl-C and leaves nothing running', async () => {
    writePlan({ one: { command: 'echo $$ > {BATCH_PATH}/pid; sleep 1000' } });
    const play = house.start('play', 'tune');
    await eventually('the task runs', () => play.out().includes('1 running'));
    const pids = everyPid();
    play.signal('SIGINT');
    const { code, out, err } = await play.ended;
    expect(code).toBe(130);
    expect(err).toMatch(
      /cancelling tune-\S+ and waiting for what runs to end; Ctrl-C again stops at once\n$/,
    );
    expect(out).toContain('✗ cancelled');
    expectDown(pids);
  });

  it('uses what is up and leaves it up', async () => {
    writePlan({ one: { command: 'true' } });
    await house.tutti('up', '--detach');
    const pids = everyPid();
    const played = await house.tutti('play', 'tune');
    expect([played.code, played.err]).toEqual([0, '']);
    expect(pids.filter(isAlive)).toEqual(pids);
    await house.tutti('stop', '--all');
  });

  it('ends when its brain cannot live', async () => {
    appendFileSync(join(house.shared, 'brain/epochs/99999999.json'), '{}');
    writeFileSync(
      house.config,
      JSON.stringify({ agents: AGENTS, permissions: { brain: 'no.json' } }),
    );
    writePlan({ one: { command: 'true' } });
    const { code, err } = await house.tutti('play', 'tune');
    expect(code).toBe(1);
    expect(err).toMatch(/^tutti could not start:\nbrain exited with status 78/);
    expectDown([]);
  });
});

it('aborts and kills running tasks, and leaves a stopped agent alone', async () => {
  writePlan({ one: { command: 'sleep 1000' }, two: { command: 'sleep 1000' } });
  await house.tutti('up', '--detach');
  const batch = (await house.tutti('submit', 'tune')).out.trim();
  const claims = (): string[] => readdirSync(join(house.shared, 'tasks/processing'));
  await eventually('both run', () => claims().length === 2);
  for (const [verb, task, reason] of [
    ['abort', 'one', 'aborted'],
    ['kill', 'two', 'killed'],
  ] as const) {
    const { code, out } = await house.tutti(verb, task);
    expect([code, out.replace(/ (cpu|sim)-1:/, ' N:')]).toEqual([
      0,
      `${batch}/${task}, attempt 1 on N: ${reason} (tasks/failed/${batch}/${task}.a1f0l0n0.${reason}.json)\n`,
    ]);
  }
  const again = await house.tutti('kill', `${batch}/two`);
  expect([again.code, again.err.split('\n')[0]]).toEqual([
    2,
    `task ${batch}/two is not running: it is failed [TASK_IDLE]`,
  ]);

  expect((await house.tutti('stop', 'sim-1')).out).toBe('sim-1 has stopped\n');
  const row = await eventually('launch has seen it', () =>
    house.launch()?.processes.find(({ name, state }) => name === 'sim-1' && state === 'stopped'),
  );
  expect(row.note).toBe('exited with status 0 as it was asked to; `tutti up` starts it again');
  await house.tutti('stop', '--all');
});
