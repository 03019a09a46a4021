// The only thing between an agent and the user's command: one POSIX shell that uses nothing but builtins
// and lives for many attempts, one after the other (docs/adr/0005 and 0010). It reads what to do from its
// standard input as commands, and must mean the same in dash, bash and busybox sh. Each attempt:
//
//   1. It opens the log. From here on /proc shows what it is at (agents/process/proc.ts).
//   2. It creates the run file with O_EXCL. Whoever creates that file first wins: an agent that writes
//      `void` into it knows that nothing can start any more (agents/protocol/attempt.ts).
//   3. It runs the command in a subshell: `exit`, `exec`, `set -e`, `trap`, limits and variables of the
//      command do not reach the shim.
//   4. It appends `exit <status>` with one builtin, for an agent that comes back later; where it cannot, it
//      ends, so that its death tells what the run file does not.
//   5. It says the status to its agent. Where nobody listens any more it dies of it.
//
// TERM goes to the whole group. The shim outlives it to record the status of the command, in which traps of
// the parent hold no more. Without an agent its standard input is at its end, and so is the shim.
import type { Limits } from '../protocol/permission.ts';

/** The run file says `void`, or belongs to somebody else. */
export const EXIT_VOID = 111;
/** The run file or the log could not be written (no space, no directory); nothing was started. */
export const EXIT_UNSTARTED = 112;

/** What an attempt is to the shim. Paths are absolute. */
export interface ShimRequest {
  readonly run: string;
  /** Receives both streams of the command, opened for append: the reader may truncate it. */
  readonly log: string;
  readonly cwd: string;
  readonly argv: readonly string[];
  /** What a shell would make of `argv`, where that is nothing but the words of one command; null elsewhere. */
  readonly words: readonly string[] | null;
  readonly env: Readonly<Record<string, string>>;
  readonly limits: Limits;
}

/** Its file descriptor of the log while an attempt runs; shells know no more than one digit. */
export const LOG_FD = 4;

export const SHIM_FILE = '/bin/sh';
/** The boot id is `$1`; the name of its agent is in TUTTI_SHIM. */
export const shimArgs = (bootId: string): string[] => ['-s', bootId];

/** The first thing that a shim reads. `command` keeps a redirection that fails from ending the shell. */
export const SHIM_TEXT = `trap : TERM
tutti_boot=$1
read -r tutti_stat < /proc/$$/stat
tutti_attempt() {
  if ! command exec ${LOG_FD}>> "$tutti_log"; then tutti_status=${EXIT_UNSTARTED}
  elif set -C; echo "start $tutti_boot $TUTTI_SHIM $tutti_stat" > "$tutti_run"; then
    set +C
    ( exec < /dev/null >&${LOG_FD} 2>&1 ${LOG_FD}>&-; unset TUTTI_SHIM; tutti_task )
    tutti_status=$?
    echo "exit $tutti_status" >> "$tutti_run" || exit "$tutti_status"
  elif [ -s "$tutti_run" ]; then tutti_status=${EXIT_VOID}
  else tutti_status=${EXIT_UNSTARTED}
  fi
  set +C
  exec ${LOG_FD}>&-
  echo "$tutti_status"
}
`;

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

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Builtins of every shell that do as a command what the program of their name does. */
const BUILTINS = new Set(['true', 'false', 'echo', 'printf', 'test']);

/**
 * A shell between the shim and a command of literal words would do nothing but start it, and its own start is
 * most of what a small command costs. A program that is not found is left to it: its words are known.
 */
function commandText(argv: readonly string[], words: readonly string[] | null): string {
  const [program] = words ?? [];
  if (words === null || program === undefined) return `exec ${argv.map(quote).join(' ')}`;
  const command = words.map(quote).join(' ');
  if (BUILTINS.has(program)) return command;
  return `command -v ${quote(program)} > /dev/null && exec ${command}\n${commandText(argv, null)}`;
}

/** What the shim reads to run one attempt. `cd` would leave an OLDPWD behind for the command. */
export function attemptText(request: ShimRequest): string {
  const { run, log, cwd, argv, words, env, limits } = request;
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quote(value)}`);
  return `tutti_run=${quote(run)} tutti_log=${quote(log)}
tutti_task() {
cd ${quote(cwd)} || exit 126
${limitLines(limits).join('\n')}
export ${variables.join(' ')}
unset OLDPWD
${commandText(argv, words)}
}
tutti_attempt
`;
}
