// The shim by itself, in every shell that may be /bin/sh somewhere.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT_UNSTARTED, EXIT_VOID, shimArgs } from '../../agents/executor/shim.ts';
import { bootId, realSpawner } from '../../agents/process/spawner.ts';
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
    const start = (script: string, limits = {}) => {
      const [file, ...options] = shell;
      const args = [
        ...options,
        ...shimArgs(limits, run, bootId, ['/bin/sh', '-c', script, 'task']),
      ];
      const child = spawn(file, args, { cwd: folder, detached: true, stdio: 'ignore' });
      const ended = new Promise<number | string>((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code, signal) => resolve(code ?? signal ?? 'nothing'));
      });
      return { pid: child.pid!, ended };
    };

    it('records start and exit, and passes the status on', async () => {
      const child = start('exit 7');
      expect(await child.ended).toBe(7);
      const text = readFileSync(run, 'utf8');
      expect(text).toMatch(/^start \S+ \d+ \(\S+\) .*\nexit 7\n$/);
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
  });
}
