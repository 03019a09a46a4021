// A gateway and its rig with a gap between them: two shared/ on this machine, the CLI with the gateway's
// settings, and the ways in which a link can break.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFile, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DIRECTORIES } from '../../agents/protocol/layout.ts';
import { syncStateSchema } from '../../agents/protocol/sync.ts';
import type { SyncState } from '../../agents/protocol/sync.ts';
import { createDisk } from '../../agents/store/real-disk.ts';
import { createStore } from '../../agents/store/store.ts';
import { syncOnce, TEMPORARY } from '../../scripts/sync/round.ts';
import type { Link } from '../../scripts/sync/rsync.ts';
import type { RoundEnd } from '../../scripts/sync/round.ts';
import type { Answer } from './command-line.ts';
import { eventually } from './eventually.ts';
import { isAlive, pids } from './processes.ts';
import { startProgram } from './program.ts';
import type { Program } from './program.ts';
import { AGENTS, PROJECT, openRig } from './rig.ts';
import type { Rig } from './rig.ts';
import { jsonOf } from './tree.ts';

export const hasRsync: boolean = spawnSync('rsync', ['--version']).status === 0;

/** Many processes start here, and on a loaded machine each takes its time. */
export const LONG_MS = 90_000;

const ENTRY = join(PROJECT, 'dist/scripts/tutti.js');

/** A remote shell that runs everything here; with CUT it dies after so many bytes from over there. */
const SHELL = `#!/bin/sh
shift
[ -n "$CUT" ] || exec "$@"
"$@" | (stdbuf -o0 head -c "$CUT"; kill $$)
`;

export class Gap {
  readonly home: string;
  readonly shared: string;
  readonly shell: string;
  readonly rig: Rig;
  private readonly name: string;
  private readonly programs: Program[] = [];
  private rounds = 0;

  /** `name`: the gateway is the host `<name>.test`. */
  constructor(rig: Rig, name = 'gate') {
    this.rig = rig;
    this.name = name;
    this.home = mkdtempSync(join(tmpdir(), 'tutti-gap-'));
    this.shared = join(this.home, 'shared');
    this.shell = join(this.home, 'fake-ssh');
    mkdirSync(this.shared);
    writeFileSync(join(this.home, 'config.json'), JSON.stringify({ agents: [] }));
    writeFileSync(this.shell, SHELL);
    chmodSync(this.shell, 0o755);
  }

  at(path: string): string {
    return join(this.shared, path);
  }

  private line(args: readonly string[]): string[] {
    const settings = ['--settings', join(this.home, 'config.json'), '--shared', this.shared];
    return [ENTRY, ...args, ...settings];
  }

  /** The CLI on the gateway. */
  tutti(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const options = { env: { ...process.env, TUTTI_HOST: `${this.name}.test`, ...env } };
    return new Promise((resolve) => {
      execFile(process.execPath, this.line(args), options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      });
    });
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
    const program = startProgram({
      name: 'sync',
      file: process.execPath,
      args: this.line(args),
      env: { TUTTI_HOST: `${this.name}.test`, ...env },
      logPath: join(this.home, `${this.programs.length}.log`),
    });
    this.programs.push(program);
    return program;
  }

  state(): SyncState {
    return syncStateSchema.parse(jsonOf(this.at('sync/state.json')));
  }

  /** Writes a plan outside of both sides, and answers its folder. */
  plan(name: string, text: string, files: Readonly<Record<string, string>> = {}): string {
    const folder = join(this.home, 'plans', name);
    mkdirSync(join(folder, 'scripts'), { recursive: true });
    writeFileSync(join(folder, 'plan.md'), text);
    for (const [path, content] of Object.entries(files)) {
      writeFileSync(join(folder, 'scripts', path), content);
    }
    return folder;
  }

  /** Submits on the gateway; answers the batch. */
  async submit(plan: string): Promise<string> {
    const { stdout, stderr } = await this.tutti(['submit', plan, '--json']);
    const batch = /"batch": "([^"]+)"/.exec(stdout)?.[1];
    if (batch === undefined) throw new Error(`not submitted: ${stdout}${stderr}`);
    return batch;
  }

  /** One round of `tutti sync` without its process. */
  async round(rig: string, link: Partial<Link> = {}): Promise<RoundEnd> {
    const disk = createDisk(this.shared, false);
    const store = createStore(disk, false, 'inbox/.staging', `gap-${this.rounds++}`);
    for (const path of [...DIRECTORIES, TEMPORARY]) await disk.mkdir(path);
    const interruption = new AbortController().signal;
    const usual = { disk, rig, rsh: this.shell, timeoutS: 5, interruption };
    return syncOnce(store, { ...usual, ...link }, `${this.name}-test`);
  }

  /** As many rounds as it takes. */
  async syncUntil(what: string, isSo: () => unknown, rig: string): Promise<void> {
    const look = async (): Promise<boolean> => {
      if (!isSo()) await this.round(rig);
      return Boolean(isSo());
    };
    await eventually(what, look, LONG_MS);
  }

  /** Kills an rsync of this gap in the middle of its work; answers whether there was one. */
  killRsync(): boolean {
    const own = pids().filter((pid) => {
      const command = commandOf(pid);
      return command.startsWith('rsync\0') && command.includes(this.home) && isAlive(pid);
    });
    for (const pid of own) process.kill(pid, 'SIGKILL');
    return own.length > 0;
  }

  async close(): Promise<void> {
    await this.leave();
    await this.rig.close();
  }

  /** The gateway alone: its rig has others. */
  async leave(): Promise<void> {
    for (const program of this.programs) program.signal('SIGKILL');
    await Promise.all(this.programs.map(({ ended }) => ended));
    this.killRsync();
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

export async function openGap(): Promise<Gap> {
  return new Gap(await openRig({ agents: AGENTS.filter(({ kind }) => kind === 'cpu') }));
}

/** Calls `act` at a random moment within `ms`. */
export function within(ms: number, act: () => void): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(() => {
      act();
      resolve();
    }, Math.random() * ms);
  });
}
