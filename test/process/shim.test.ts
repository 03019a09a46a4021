// The shim by itself, in every shell that may be /bin/sh somewhere.
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  attemptText,
  EXIT_UNSTARTED,
  EXIT_VOID,
  LOG_FD,
  SHIM_TEXT,
  shimArgs,
} from '../../agents/process/shim.ts';
import { bootId, realSpawner } from '../../agents/process/spawner.ts';
import type { Limits } from '../../agents/protocol/permission.ts';
import { parseRunFile } from '../../agents/protocol/attempt.ts';
import { eventually } from '../helpers/eventually.ts';

const SHELLS: readonly (readonly [string, ...string[]])[] = [
  ['/bin/sh'],
  ['dash'],
  ['bash', '--posix'],
  ['busybox', 'sh'],
];

function isHere([program]: readonly string[]): boolean {
  try {
    execFileSync('/bin/sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

let folder: string;
let run: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tutti-shim-'));
  run = path.join(folder, 'task.a1.run');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Members of the group that are alive. */
const membersOf = (group: number): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && realSpawner.identify(pid) !== null)
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/stat`, 'utf8')
            .replace(/^.*\) /, '')
            .split(' ')[2] === String(group)
        );
      } catch {
        return false;
      }
    });

for (const shell of SHELLS) {
  const reason = isHere(shell) ? '' : ` (skipped: ${shell[0]} is not installed)`;
  describe.skipIf(reason !== '')(`the shim in ${shell.join(' ')}${reason}`, () => {
    /** A shim, what it says, and how it ends. */
    const open = () => {
      const [file, ...options] = shell;
      const child = spawn(file, [...options, ...shimArgs(bootId)], {
        cwd: '/',
        env: { ...process.env, TUTTI_SHIM: 'cpu-1' },
        detached: true,
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      child.stdin.write(SHIM_TEXT);
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
      const ended = new Promise<number | string>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) => resolve(code ?? signal ?? 'nothing'));
      });
      const ask = (
        argv: readonly string[],
        limits: Limits = {},
        env = {},
        words: readonly string[] | null = null,
      ): void => {
        const log = path.join(folder, 'log');
        const PATH = process.env['PATH'] ?? '';
        child.stdin.write(
          attemptText({ run, log, cwd: folder, argv, words, limits, env: { PATH, ...env } }),
        );
      };
      return { pid: child.pid!, ask, ended, close: () => child.stdin.end(), said: () => said };
    };

    /** One attempt, whose status the shim says. */
    const start = (script: string, limits: Limits = {}, env = {}) => {
      const shim = open();
      shim.ask(['/bin/sh', '-c', script, 'task'], limits, env);
      const status = async (): Promise<number | string> => {
        const [code] = await Promise.race([
          eventually('its status', () => shim.said().endsWith('\n') && [Number(shim.said())]),
          shim.ended.then((end) => [end]),
        ]);
        shim.close();
        await shim.ended;
        return code!;
      };
      return { pid: shim.pid, ended: status() };
    };

    it('records start and exit, and passes the status on', async () => {
      const child = start('exit 7');
      expect(await child.ended).toBe(7);
      const text = readFileSync(run, 'utf8');
      expect(text).toMatch(/^start \S+ cpu-1 \d+ \(\S+\) .*\nexit 7\n$/);
      const { worker } = parseRunFile(text);
      expect(worker).toMatchObject({ pid: child.pid, bootId });
      expect(Number(worker?.startTime)).toBeGreaterThan(0);
    });

    it('refuses when the run file is there', async () => {
      writeFileSync(run, 'void\n');
      expect(await start('echo > ran').ended).toBe(EXIT_VOID);
      expect(existsSync(path.join(folder, 'ran'))).toBe(false);
      expect(readFileSync(run, 'utf8')).toBe('void\n');
    });

    it('refuses when the run file cannot be written', async () => {
      run = path.join(folder, 'no-such-folder/task.a1.run');
      expect(await start('echo > ran').ended).toBe(EXIT_UNSTARTED);
      expect(existsSync(path.join(folder, 'ran'))).toBe(false);
    });

    it('outlives a TERM to its group and records how the command took it', async () => {
      const child = start(`trap 'exit 6' TERM; echo > up; while :; do sleep 0.05; done`);
      await eventually('its start', () => existsSync(path.join(folder, 'up')));
      process.kill(-child.pid, 'SIGTERM');
      expect(await child.ended).toBe(6);
      expect(readFileSync(run, 'utf8')).toMatch(/\nexit 6\n$/);
    });

    it('lets the command die of a TERM', async () => {
      const child = start('echo > up; sleep 60; echo > survived');
      await eventually('its start', () => existsSync(path.join(folder, 'up')));
      process.kill(-child.pid, 'SIGTERM');
      expect(await child.ended).toBe(143);
      expect(readFileSync(run, 'utf8')).toMatch(/\nexit 143\n$/);
      expect(existsSync(path.join(folder, 'survived'))).toBe(false);
    });

    it('sets limits for the command', async () => {
      const limits = { cpu_s: 9, files: 77, file_size_mib: 3, processes: 60_000, memory_mib: 4096 };
      const child = start('ulimit -t > l; ulimit -n >> l; ulimit -f >> l; ulimit -v >> l', limits);
      expect(await child.ended).toBe(0);
      expect(readFileSync(path.join(folder, 'l'), 'utf8')).toBe('9\n77\n6144\n4194304\n');
    });

    it('starts two processes for a command that is one program', async () => {
      const child = start('exec sleep 60');
      const members = await eventually('its child', () => {
        const pids = membersOf(child.pid);
        const names = pids.map((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
        return names.includes('sleep') && pids;
      });
      process.kill(-child.pid, 'SIGKILL');
      await child.ended;
      expect(members).toHaveLength(2);
    });

    it('keeps `exit`, `exec`, traps and options of the script to themselves', async () => {
      const child = start(`set -eu; trap 'echo bye > trapped' EXIT; kill -TERM $$`);
      expect(await child.ended).toBe(143);
      expect(readFileSync(run, 'utf8')).toMatch(/\nexit 143\n$/);
    });

    it('serves one attempt after the other, and none sees what the one before left', async () => {
      const shim = open();
      const status = async (argv: string[], n: number, limits: Limits, env = {}) => {
        run = path.join(folder, `task.a${n}.run`);
        shim.ask(argv, limits, env);
        return eventually('its status', () => shim.said().split('\n').slice(0, -1)[n] ?? false);
      };
      const script = 'cd .; echo "$A [$B] $(ulimit -t) $PWD"; cd /; exit 3';
      const sh = ['/bin/sh', '-c', script, 'task'];
      await expect(status(sh, 0, { cpu_s: 9 }, { A: `it's\n"1"` })).resolves.toBe('3');
      await expect(status(['/bin/false'], 1, {}, { B: 'x' })).resolves.toBe('1');
      await expect(status(['no-such-program'], 2, {})).resolves.toBe('127');
      await expect(status([...sh.slice(0, 2), 'echo "$A [$B] $PWD"'], 3, {})).resolves.toBe('0');
      const [first, second, ...rest] = readFileSync(path.join(folder, 'log'), 'utf8').split('\n');
      expect([first, second]).toEqual([`it's`, `"1" [] 9 ${folder}`]);
      expect(rest.at(-2)).toBe(` [] ${folder}`);
      const workers = [0, 1, 2, 3].map(
        (n) => parseRunFile(readFileSync(path.join(folder, `task.a${n}.run`), 'utf8')).worker,
      );
      expect(new Set(workers.map((worker) => worker?.pid))).toEqual(new Set([shim.pid]));
      shim.close();
      expect(await shim.ended).toBe(0);
    });

    it.each([
      ['false', '1', ''],
      ['/bin/echo a', '0', 'a\n'],
      ['cat /dev/null x', '1', /x/],
      ['no-such-program 1', '127', /^task: .*no-such-program/],
      ['./log', '126', /\.\/log: Permission denied/],
    ])('runs %s without another shell', async (line, status, said) => {
      const shim = open();
      shim.ask(['/bin/sh', '-c', line, 'task'], {}, {}, line.split(' '));
      await eventually('its status', () => shim.said() === `${status}\n`);
      expect(readFileSync(path.join(folder, 'log'), 'utf8')).toMatch(said);
      shim.close();
      await shim.ended;
    });

    it('ends, with the status, where it cannot be recorded', async () => {
      const child = start('mv task.a1.run gone; mkdir task.a1.run; exit 5');
      expect(await child.ended).toBe(5);
    });

    it('starts nothing where its log cannot be opened', async () => {
      mkdirSync(path.join(folder, 'log'));
      expect(await start('echo > ran').ended).toBe(EXIT_UNSTARTED);
      expect(existsSync(run)).toBe(false);
    });

    it('tells which attempt it is at, and leaves nothing of itself to the command', async () => {
      const child = start('ls -l /proc/self/fd > fds; env > env; echo > up; sleep 60');
      await eventually('its start', () => existsSync(path.join(folder, 'up')));
      expect(readlinkSync(`/proc/${child.pid}/fd/${LOG_FD}`)).toBe(path.join(folder, 'log'));
      process.kill(-child.pid, 'SIGKILL');
      expect(await child.ended).toBe('SIGKILL');
      expect(readFileSync(path.join(folder, 'fds'), 'utf8')).not.toMatch(
        / (4 -> .*|\d -> pipe:|\d -> socket:)/,
      );
      expect(readFileSync(path.join(folder, 'env'), 'utf8')).not.toMatch(/^tutti|OLDPWD/m);
    });
  });
}
