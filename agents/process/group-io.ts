// How much a process group has read and written so far: whether a program that talks to somebody far away
// still does.
import { readFileSync, readdirSync } from 'node:fs';

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // The process has ended.
    return '';
  }
}

/** Bytes through read(2) and write(2) of all its living processes; proc(5) has them in `io`. */
export function groupIoBytes(leaderPid: number): number {
  let bytes = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const stat = read(`/proc/${pid}/stat`);
    const pgrp = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2];
    if (Number(pgrp) !== leaderPid) continue;
    const counts = [...read(`/proc/${pid}/io`).matchAll(/^[rw]char: (\d+)$/gm)];
    bytes += counts.reduce((sum, [, count]) => sum + Number(count), 0);
  }
  return bytes;
}
