// The Spawner port: start a process group, watch it, end it. A group is known by its leader's
// (pid, start time, boot id), because a bare pid is recycled.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readdirSync } from 'node:fs';
import type { ProcessIdentity } from '../protocol/attempt.ts';

export interface SpawnRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Absolute path that receives stdout and stderr, opened for append: the reader may truncate it. */
  readonly output: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Group {
  readonly pid: number;
  /** Resolves when the leader has ended; rejects when it could not be started. */
  readonly exited: Promise<Exit>;
}

export interface Spawner {
  /** Of the kernel that runs: a process of another boot is dead. */
  readonly bootId: string;
  /** Starts the leader of a new session and process group; stdin is /dev/null. Throws when it cannot. */
  start(request: SpawnRequest): Group;
  /** Who `pid` is right now; null when there is no such process or it is a zombie. */
  identify(pid: number): ProcessIdentity | null;
  /** Whether any member of the group that `leader` led is alive (zombies are dead). */
  isGroupAlive(leader: ProcessIdentity): boolean;
  /** Sends a signal to the whole group; false when nobody was there. */
  signal(leader: ProcessIdentity, name: 'SIGTERM' | 'SIGKILL'): boolean;
  /** Processes outside the group that still carry `TUTTI_CLAIM=<claim>`: they changed their session. */
  stragglers(claim: string): readonly number[];
  /** The claims (TUTTI_CLAIM) of all living processes that `agent` started for the directory `shared`. */
  claimsOf(agent: string, shared: string): readonly string[];
  /** KILL to one process that was just named by `stragglers`; it may have ended meanwhile. */
  kill(pid: number): void;
}

interface Stat {
  readonly pid: number;
  readonly state: string;
  readonly pgrp: number;
  readonly startTime: string;
}

function readStat(pid: number): Stat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // proc(5): the command may hold spaces and parentheses; the fields after its last `)` are fixed.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { pid, state: fields[0]!, pgrp: Number(fields[2]), startTime: fields[19]! };
}

const isDead = (stat: Stat): boolean => stat.state === 'Z' || stat.state === 'X';

function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

export const bootId: string = readBootId();

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

function start(request: SpawnRequest): Group {
  const output = openSync(request.output, 'a');
  try {
    const child = spawn(request.file, [...request.args], {
      cwd: request.cwd,
      env: { ...request.env },
      detached: true,
      stdio: ['ignore', output, output],
    });
    const exited = new Promise<Exit>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    if (child.pid === undefined) {
      // The reason arrives as an `error` event.
      return { pid: -1, exited };
    }
    return { pid: child.pid, exited };
  } finally {
    closeSync(output);
  }
}

function identify(pid: number): ProcessIdentity | null {
  const stat = readStat(pid);
  return stat === null || isDead(stat) ? null : { pid, startTime: stat.startTime, bootId };
}

function isGroupAlive(leader: ProcessIdentity): boolean {
  if (leader.bootId !== bootId) return false;
  try {
    process.kill(-leader.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  // Zombies answer signal 0 as well; and a recycled pid may lead a new group.
  const current = readStat(leader.pid);
  if (current !== null && current.startTime !== leader.startTime) return false;
  return allPids().some((pid) => {
    const stat = readStat(pid);
    return stat !== null && stat.pgrp === leader.pid && !isDead(stat);
  });
}

function signal(leader: ProcessIdentity, name: 'SIGTERM' | 'SIGKILL'): boolean {
  if (!isGroupAlive(leader)) return false;
  try {
    process.kill(-leader.pid, name);
    return true;
  } catch {
    return false;
  }
}

function stragglers(claim: string): number[] {
  const mark = `TUTTI_CLAIM=${claim}\0`;
  return allPids().filter((pid) => pid !== process.pid && readEnviron(pid).includes(mark));
}

/** Empty for a process that is gone, a zombie or somebody else's. */
function readEnviron(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

function claimsOf(agent: string, shared: string): string[] {
  const below = `TUTTI_BATCH_PATH=${Buffer.from(shared).toString('latin1')}/`;
  const claims = allPids().flatMap((pid) => {
    const environ = readEnviron(pid).split('\0');
    const isOurs =
      environ.includes(`TUTTI_AGENT=${agent}`) && environ.some((entry) => entry.startsWith(below));
    const claim = environ.find((entry) => entry.startsWith('TUTTI_CLAIM='));
    return isOurs && claim !== undefined ? [claim.slice('TUTTI_CLAIM='.length)] : [];
  });
  return [...new Set(claims)];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile, or the next look finds it again.
  }
}

export const realSpawner: Spawner = {
  bootId,
  start,
  identify,
  isGroupAlive,
  signal,
  stragglers,
  claimsOf,
  kill,
};
