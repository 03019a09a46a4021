// The only thing between an agent and the user's command: one POSIX shell that uses nothing but
// builtins, so that an attempt starts two processes and not three. It must mean the same in dash, bash
// and busybox sh.
//
//   1. It creates the run file with O_EXCL. Whoever creates that file first wins: an agent that writes
//      `void` into it knows that nothing can start any more (agents/protocol/attempt.ts).
//   2. It runs the command as a child, in a shell of its own: `exit`, `exec`, `set -e`, `trap` and
//      `kill $$` in the user's script do not reach the shim.
//   3. It appends `exit <status>` with one builtin, for an agent that comes back later.
//
// TERM goes to the whole group. Until the command starts it ends the shim; afterwards the shim outlives
// it to record the status of the child, in which traps of the parent hold no more.
import type { Limits } from '../protocol/permission.ts';

/** The run file says `void`, or belongs to somebody else. */
export const EXIT_VOID = 111;
/** The run file could not be written (no space, no directory); nothing was started. */
export const EXIT_UNSTARTED = 112;

const HEAD = `set -C
{ read -r tutti_stat < /proc/$$/stat && echo "start $2 $tutti_stat" > "$1"; } 2> /dev/null || {
  [ -s "$1" ] && exit ${EXIT_VOID}
  exit ${EXIT_UNSTARTED}
}
set +C`;

const BODY = `tutti_run=$1
shift 2
trap : TERM
"$@"
tutti_status=$?
echo "exit $tutti_status" >> "$tutti_run"
exit "$tutti_status"`;

const MIB_BYTES = 1_048_576;

/** Soft and hard limits, inherited by the command. `-u` is spelt `-p` in dash and in busybox. */
function limitLines(limits: Limits): string[] {
  const lines: string[] = [];
  if (limits.cpu_s !== undefined) lines.push(`ulimit -t ${limits.cpu_s}`);
  if (limits.memory_mib !== undefined) lines.push(`ulimit -v ${limits.memory_mib * 1024}`);
  if (limits.files !== undefined) lines.push(`ulimit -n ${limits.files}`);
  if (limits.file_size_mib !== undefined) {
    // POSIX: in blocks of 512 bytes.
    lines.push(`ulimit -f ${(limits.file_size_mib * MIB_BYTES) / 512}`);
  }
  if (limits.processes !== undefined) {
    lines.push(`ulimit -u ${limits.processes} 2> /dev/null || ulimit -p ${limits.processes}`);
  }
  return lines;
}

export const shimText = (limits: Limits): string => [HEAD, ...limitLines(limits), BODY].join('\n');

/** Arguments of /bin/sh. `argv` is the command as the shim runs it, the sandbox included. */
export const shimArgs = (
  limits: Limits,
  runPath: string,
  bootId: string,
  argv: readonly string[],
): string[] => ['-c', shimText(limits), 'tutti-worker', runPath, bootId, ...argv];
