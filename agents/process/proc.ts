// What /proc tells of processes: who they are, which group they belong to, and which attempt they work on.
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { LOG_FD } from './shim.ts';

export interface Stat {
  readonly pid: number;
  readonly state: string;
  readonly pgrp: number;
  readonly startTime: string;
}

export function readStat(pid: number): Stat | null {
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

export const isDead = (stat: Stat): boolean => stat.state === 'Z' || stat.state === 'X';

export function allPids(): number[] {
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

const isMember = (pid: number, group: number): boolean => {
  const stat = readStat(pid);
  return stat !== null && stat.pgrp === group && !isDead(stat);
};

/** Whether any member of the group is alive. */
export const hasMembers = (group: number): boolean => allPids().some((pid) => isMember(pid, group));

const hasOthers = (group: number): boolean =>
  allPids().some((pid) => pid !== group && isMember(pid, group));

/** The pid that the kernel gave out last; 0 when it does not say. Each process that starts later has a newer one. */
export function newestPid(): number {
  try {
    const text = readFileSync('/proc/loadavg', 'utf8');
    return Number(text.slice(text.lastIndexOf(' ') + 1));
  } catch {
    return 0;
  }
}

/** More pids than this cost more than a list of all processes. */
const RANGE_MAX = 256;
const ROUNDS_MAX = 8;

/**
 * Whether anybody but its leader is alive in a group that had no other member when `since` was the newest
 * pid. Pids grow, so only the processes that were made since then can be, and after a small command they
 * are a handful. What they start while this looks has a newer pid still, and is looked at in the next round.
 */
export function hasFollowers(group: number, since: number): boolean {
  let from = since;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const to = newestPid();
    if (from === 0 || to < from || to - from > RANGE_MAX) return hasOthers(group);
    if (to === from) return false;
    for (let pid = from + 1; pid <= to; pid++) {
      if (pid !== group && existsSync(`/proc/${pid}`) && isMember(pid, group)) return true;
    }
    from = to;
  }
  return hasOthers(group);
}

/** Empty for a process that is gone, a zombie or somebody else's. */
export function readEnviron(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}

/** `.../batches/<batch>/logs/<task>.a<k>.log` */
const LOG_PATH = /\/([^/]+)\/logs\/([^/]+)\.log$/;

/** The log that a shim has open, and the claim that it belongs to; null between two attempts. */
export function attemptOfShim(
  pid: number,
): { readonly log: string; readonly claim: string } | null {
  let log: string;
  try {
    log = readlinkSync(`/proc/${pid}/fd/${LOG_FD}`);
  } catch {
    return null;
  }
  const match = LOG_PATH.exec(log);
  return match === null ? null : { log, claim: `${match[1]}.${match[2]}` };
}
