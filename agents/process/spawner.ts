// The Spawner port: start a process group, watch it, end it. A group is known by its leader's
// (pid, start time, boot id), because a bare pid is recycled.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { ProcessIdentity } from '../protocol/attempt.ts';
import {
  allPids,
  attemptOfShim,
  bootId,
  hasMembers,
  isDead,
  readEnviron,
  readStat,
} from './proc.ts';
import { isAttemptAlive, spend, startInShim } from './shells.ts';
import type { Attempt, Exit } from './shells.ts';
import type { ShimRequest } from './shim.ts';

export { bootId } from './proc.ts';
export type { Attempt, Exit } from './shells.ts';

export interface SpawnRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Absolute path that receives stdout and stderr, opened for append: the reader may truncate it. */
  readonly output: string;
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
  /** Starts an attempt in a shim, the leader of a session and process group; `agent` names whose it is. */
  startAttempt(agent: string, request: ShimRequest): Attempt;
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
  const own = isAttemptAlive(leader);
  if (own !== undefined) return own;
  try {
    process.kill(-leader.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  // Zombies answer signal 0 as well; and a recycled pid may lead a new group.
  const current = readStat(leader.pid);
  if (current !== null && current.startTime !== leader.startTime) return false;
  return hasMembers(leader.pid);
}

function signal(leader: ProcessIdentity, name: 'SIGTERM' | 'SIGKILL'): boolean {
  if (!isGroupAlive(leader)) return false;
  try {
    spend(leader);
    process.kill(-leader.pid, name);
    return true;
  } catch {
    return false;
  }
}

/** The claim that a process carries: in its environment, or a shim by what it is at. */
function carries(pid: number, mark: string, claim: string): boolean {
  const environ = readEnviron(pid);
  if (environ.includes(mark)) return true;
  return isShim(environ) && attemptOfShim(pid)?.claim === claim;
}

const isShim = (environ: readonly string[]): boolean =>
  environ.some((entry) => entry.startsWith('TUTTI_SHIM='));

function stragglers(claim: string): number[] {
  const mark = `TUTTI_CLAIM=${claim}`;
  return allPids().filter((pid) => pid !== process.pid && carries(pid, mark, claim));
}

function claimsOf(agent: string, shared: string): string[] {
  const below = `TUTTI_BATCH_PATH=${Buffer.from(shared).toString('latin1')}/`;
  const claims = allPids().flatMap((pid) => {
    const environ = readEnviron(pid);
    if (environ.includes(`TUTTI_SHIM=${agent}`)) {
      const attempt = attemptOfShim(pid);
      return attempt?.log.startsWith(`${shared}/`) === true ? [attempt.claim] : [];
    }
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
  startAttempt: startInShim,
  identify,
  isGroupAlive,
  signal,
  stragglers,
  claimsOf,
  kill,
};
