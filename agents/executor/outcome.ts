// Names the end of an attempt. Denied, timed out, killed, crashed and failed are different things to a
// person, so each message says what happened and what to look at (words.ts defines the outcomes).
import type { Outcome } from '../protocol/words.ts';

/**
 * Why an attempt was ended from outside.
 *
 * timeout   its own, or the brain's abort of a stuck task
 * abort     an operator's abort signal: TERM, grace, KILL
 * kill      an operator's kill signal: KILL
 * returned  the agent stops at once and gives its work back: TERM, grace, KILL
 * fence     the agent's lease is about to run out: KILL
 */
export type EndCause = 'timeout' | 'abort' | 'kill' | 'returned' | 'fence';

/** How the leader of the group ended. Both null: it vanished while nobody watched. */
export interface LeaderEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Facts {
  readonly end: LeaderEnd;
  readonly cause: EndCause | null;
  /** What the one who ended it had to say. */
  readonly reason: string | undefined;
  /** The last line of output, for messages. */
  readonly lastLine: string | undefined;
  readonly missingOutputs: readonly string[];
}

export interface NamedEnd {
  readonly outcome: Outcome;
  readonly message: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** EX_TEMPFAIL of sysexits(3). */
const EXIT_NOT_NOW = 75;
const EXIT_NOT_EXECUTABLE = 126;
const EXIT_NOT_FOUND = 127;

/** signal(7), x86 and arm. A shell reports the end of its command by a signal as 128 + number. */
const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  11: 'SIGSEGV',
  12: 'SIGUSR2',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
  31: 'SIGSYS',
};

const SIGNAL_HINTS: Readonly<Record<string, string>> = {
  SIGKILL: ' The kernel does that when memory runs out.',
  SIGXCPU: ' It reached the limit cpu_s of the permission file.',
  SIGXFSZ: ' It reached the limit file_size_mib of the permission file.',
};

const CAUSES: Readonly<Record<EndCause, { outcome: Outcome; message: string }>> = {
  timeout: { outcome: 'timeout', message: 'The command ran past its timeout and was ended' },
  abort: { outcome: 'aborted', message: 'The command was ended by an abort signal' },
  kill: { outcome: 'killed', message: 'The command was ended by a kill signal' },
  returned: { outcome: 'returned', message: 'The agent stopped and gave its work back' },
  fence: {
    outcome: 'returned',
    message: 'The agent could not renew its lease and ended its work before another might take it',
  },
};

const LINE_LENGTH_MAX = 300;

function quote(line: string | undefined): string {
  if (line === undefined) return 'it printed nothing';
  const text = line.length > LINE_LENGTH_MAX ? `${line.slice(0, LINE_LENGTH_MAX)}…` : line;
  return `its last line of output: ${text}`;
}

export function outcomeOf(facts: Facts): NamedEnd {
  const { cause, end, reason } = facts;
  const signal = end.signal ?? signalOf(end.code);
  const exitCode = signal === null ? end.code : null;
  if (cause !== null) {
    const { outcome, message } = CAUSES[cause];
    return {
      outcome,
      message: `${message}${reason === undefined ? '' : `: ${reason}`}.`,
      exitCode,
      signal,
    };
  }
  if (signal !== null) {
    const hint = SIGNAL_HINTS[signal] ?? '';
    const message = `The command was ended by ${signal}, which tutti did not send.${hint}`;
    return { outcome: 'crashed', message, exitCode, signal };
  }
  if (exitCode === null) {
    const message =
      'The worker vanished without recording an exit status while no agent watched it.';
    return { outcome: 'crashed', message, exitCode, signal };
  }
  return { ...namedStatus(exitCode, facts), exitCode, signal };
}

const signalOf = (code: number | null): string | null =>
  code === null ? null : (SIGNALS[code - 128] ?? null);

function namedStatus(code: number, facts: Facts): { outcome: Outcome; message: string } {
  const last = quote(facts.lastLine);
  switch (code) {
    case 0:
      return facts.missingOutputs.length === 0
        ? { outcome: 'complete', message: 'The command ended with exit status 0.' }
        : missing('missing_output', facts.missingOutputs);
    case EXIT_NOT_NOW:
      return {
        outcome: 'not_now',
        message: `The command said "not now" (exit status 75); ${last}`,
      };
    case EXIT_NOT_FOUND:
      return { outcome: 'failed', message: `A command was not found (exit status 127); ${last}` };
    case EXIT_NOT_EXECUTABLE:
      return {
        outcome: 'failed',
        message: `A command could not be executed (exit status 126); ${last}`,
      };
    default:
      return { outcome: 'failed', message: `The command ended with exit status ${code}; ${last}` };
  }
}

export function missing(
  outcome: 'missing_input' | 'missing_output',
  paths: readonly string[],
): { outcome: Outcome; message: string } {
  const list = paths.join(', ');
  return outcome === 'missing_input'
    ? { outcome, message: `Not started: \`requires\` names what is not there: ${list}` }
    : { outcome, message: `Exit status 0, but \`produces\` names what is not there: ${list}` };
}
