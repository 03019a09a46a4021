// Launch as a person meets it: a process of its own, with real children that crash, refuse or stall.
import { appendFileSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DIRECTORIES } from '../../agents/protocol/layout.ts';
import { eventually } from '../helpers/eventually.ts';
import { isThere, openGround } from './play-ground.ts';
import type { Ground } from './play-ground.ts';

let ground: Ground;
afterEach(() => ground.close());

/** `pid 123` differs in every run. */
const linesOf = (text: string, name: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `))
    .map((line) =>
      line
        .slice(name.length)
        .trim()
        .replaceAll(/pid \d+/g, 'pid N'),
    );

describe('starting', () => {
  it('makes the directories and bells, tells each process who it is, and stops agents first', async () => {
    ground = openGround(['steady']);
    const up = ground.launch();
    await ground.reaches('brain', 'running');
    await ground.reaches('steady', 'running');
    for (const path of [...DIRECTORIES, 'bells/brain', 'bells/agents']) {
      expect(existsSync(join(ground.shared, path)), path).toBe(true);
    }
    await eventually('both speak', () =>
      ['brain', 'steady'].every(
        (name) => ground.read(`logs/processes/rig.test.${name}.log`) !== '',
      ),
    );
    expect(ground.read('logs/processes/rig.test.steady.log')).toMatch(
      /args \["--name","steady","--config",".*config\.json","--shared",".*shared"\]/,
    );
    up.signal('SIGINT');
    expect(await up.code).toBe(0);
    expect(up.text().replaceAll(/pid \d+/g, 'pid N')).toBe(
      [
        'brain     started, pid N',
        'steady    started, pid N',
        'steady    asked to finish what runs and stop',
        'steady    exited with status 0',
        'brain     asked to stop',
        'brain     exited with status 0',
        '',
      ].join('\n'),
    );
    // Ctrl-C reaches the foreground group of a terminal; the children must get it from launch alone.
    expect(ground.read('logs/processes/rig.test.steady.log').match(/SIG\w+/g)).toEqual(['SIGTERM']);
    expect(ground.record()?.state).toBe('stopped');
  });

  it('keeps what is in shared/', async () => {
    ground = openGround(['steady']);
    writeFileSync(join(ground.shared, 'note.txt'), 'mine');
    const up = ground.launch();
    await ground.reaches('steady', 'running');
    up.signal('SIGTERM');
    await up.code;
    expect(ground.read('note.txt')).toBe('mine');
  });

  it('selects', async () => {
    ground = openGround(['steady', 'busy']);
    const up = ground.launch('--no-brain', '--agents', 'busy');
    await ground.reaches('busy', 'running');
    expect(ground.record()?.processes.map(({ name }) => name)).toEqual(['busy']);
    up.signal('SIGTERM');
    up.signal('SIGINT');
    expect(await up.code).toBe(0);
  });

  it.each([
    [
      ['--agents', 'stedy'],
      2,
      'there is no agent stedy [AGENT_UNKNOWN]\n    Did you mean `steady`? Known agents: steady.\n',
    ],
    [
      ['--brain-only', '--no-brain'],
      2,
      '--brain-only: leaves no room for --agents or --no-brain [ARGUMENT_INVALID]',
    ],
    [['--fast'], 2, "launch: Unknown option '--fast'"],
    [['--config', '/nowhere/config.json'], 78, 'there is no such file [CONFIG_JSON]'],
    [['--shared', '/nowhere'], 78, 'the shared directory /nowhere does not exist [SHARED_MISSING]'],
  ])('refuses %j', async (flags, code, text) => {
    ground = openGround(['steady']);
    const up = ground.launch(...flags);
    expect(await up.code).toBe(code);
    expect(up.text()).toContain(text);
  });
});

describe('ends of processes', () => {
  it('gives up on a crash loop after its restarts, and goes on with the others', async () => {
    ground = openGround(['crashing', 'steady']);
    const up = ground.launch('--no-brain');
    const { note, restarts } = await ground.reaches('crashing', 'gave_up');
    expect(restarts).toBe(6);
    expect(note).toBe(
      'exited with status 1, after 6 restarts within 300 s; gave up on it, see logs/processes/rig.test.crashing.log',
    );
    const lines = linesOf(up.text(), 'crashing');
    expect(lines.filter((line) => line === 'started, pid N')).toHaveLength(7);
    expect(lines[1]).toBe(
      'exited with status 1; restart 1 of 6 in 0.01 s, see logs/processes/rig.test.crashing.log',
    );
    expect((await ground.reaches('steady', 'running')).restarts).toBe(0);
    up.signal('SIGTERM');
    expect(await up.code).toBe(0);
  });

  it.each([
    [['crashing'], 1],
    [['exit-73'], 73],
    [['exit-78'], 78],
    [['exit-76', 'exit-0'], 76],
    [['exit-0'], 0],
  ])('has nothing left to watch after %j: exits with %i', async (names, code) => {
    ground = openGround(names);
    expect(await ground.launch('--no-brain').code).toBe(code);
  });

  it('starts a killed process again', async () => {
    ground = openGround(['steady']);
    const up = ground.launch('--no-brain');
    const first = await ground.reaches('steady', 'running');
    process.kill(first.pid!, 'SIGKILL');
    const second = await eventually('a second life', () =>
      ground.record()?.processes.find(({ pid }) => pid !== null && pid !== first.pid),
    );
    expect(second.restarts).toBe(1);
    up.signal('SIGTERM');
    expect(await up.code).toBe(0);
  });

  it('cuts a log that grows past its limit, and keeps its end', async () => {
    ground = openGround(['steady'], {}, { processLogBytesMax: 1000 });
    const up = ground.launch('--no-brain');
    const log = join(ground.shared, 'logs/processes/rig.test.steady.log');
    await eventually('it has said all it says', () => existsSync(log) && statSync(log).size > 0);
    appendFileSync(log, `${'x'.repeat(5000)}the end\n`);
    await eventually('the log is cut', () => statSync(log).size <= 1000);
    expect(ground.read('logs/processes/rig.test.steady.log.1')).toMatch(/^x{992}the end\n$/);
    up.signal('SIGTERM');
    await up.code;
  });
});

describe('stopping', () => {
  it('asks twice, then kills, when the time is over', async () => {
    ground = openGround(['busy', 'deaf'], { stopTimeoutMs: 300 });
    const up = ground.launch('--no-brain');
    await eventually('both listen', () =>
      ['busy', 'deaf'].every((name) => {
        const log = `logs/processes/rig.test.${name}.log`;
        return existsSync(join(ground.shared, log)) && ground.read(log).includes('args');
      }),
    );
    up.signal('SIGTERM');
    expect(await up.code).toBe(0);
    expect(linesOf(up.text(), 'busy')).toEqual([
      'started, pid N',
      'asked to finish what runs and stop',
      'did not end within 0.3 s: asked to give its work back and stop',
      'exited with status 0',
    ]);
    expect(linesOf(up.text(), 'deaf')).toEqual([
      'started, pid N',
      'asked to finish what runs and stop',
      'did not end within 0.3 s: asked to give its work back and stop',
      'did not end within 0.3 s: killed; its workers live on and the next start adopts them',
      'was ended by SIGKILL',
    ]);
  });

  it('hurries with each further Ctrl-C', async () => {
    ground = openGround(['deaf'], { stopTimeoutMs: 60_000 });
    const up = ground.launch('--no-brain');
    const log = 'logs/processes/rig.test.deaf.log';
    await ground.reaches('deaf', 'running');
    await eventually('it listens', () => ground.read(log).includes('args'));
    up.signal('SIGINT');
    await eventually('TERM came', () => ground.read(log).includes('SIGTERM'));
    up.signal('SIGINT');
    await eventually('INT came', () => ground.read(log).includes('SIGINT'));
    up.signal('SIGINT');
    expect(await up.code).toBe(0);
    expect(linesOf(up.text(), 'deaf').at(-1)).toBe('was ended by SIGKILL');
  });
});

describe('one launch per host', () => {
  it('refuses a second one and names the first', async () => {
    ground = openGround(['steady']);
    const first = ground.launch('--no-brain');
    await ground.reaches('steady', 'running');
    const second = ground.launch('--no-brain');
    expect(await second.code).toBe(73);
    expect(second.text()).toBe(
      `tutti is already up on this host for ${ground.shared} (pid ${first.pid}) [LAUNCH_RUNNING]\n` +
        '    Use it as it is, or stop it with `tutti stop --all`.\n',
    );
    first.signal('SIGTERM');
    expect(await first.code).toBe(0);
  });

  it('adopts what a killed launch left, and restarts and stops it as its own', async () => {
    ground = openGround(['steady', 'busy']);
    const first = ground.launch();
    const before = [
      await ground.reaches('steady', 'running'),
      await ground.reaches('brain', 'running'),
    ];
    await ground.reaches('busy', 'running');
    first.signal('SIGKILL');
    await first.code;
    expect(before.map(({ pid }) => isThere(pid))).toEqual([true, true]);

    const second = ground.launch();
    await eventually('it adopts', () => ground.record()?.pid === second.pid);
    const adopted = await ground.reaches('steady', 'running');
    expect(adopted).toMatchObject({ adopted: true, pid: before[0]!.pid });
    expect(linesOf(second.text(), 'steady')).toEqual(['found alive, pid N: watching over it']);

    process.kill(adopted.pid!, 'SIGKILL');
    await eventually('a new one', () => {
      const row = ground.record()?.processes.find(({ name }) => name === 'steady');
      return row?.state === 'running' && row.pid !== adopted.pid;
    });
    second.signal('SIGTERM');
    second.signal('SIGINT');
    expect(await second.code).toBe(0);
    expect(isThere(before[1]!.pid)).toBe(false);
  });
});
