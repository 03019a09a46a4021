// The shims of this process, each the leader of a session and process group. One that has nothing to do is
// asked again: forking a small shell costs a fifth of what starting one from here does, and does not stop
// the loop. A shim serves one attempt at a time and belongs to one agent for its life.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { ProcessIdentity } from '../protocol/attempt.ts';
import { bootId, hasFollowers, newestPid, readStat } from './proc.ts';
import { attemptText, SHIM_FILE, SHIM_TEXT, shimArgs } from './shim.ts';
import type { ShimRequest } from './shim.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** One attempt in a shim. */
export interface Attempt {
  readonly pid: number;
  /** Null when the shim could not be started, or was gone at once. */
  readonly leader: ProcessIdentity | null;
  /** Resolves when the command has ended, or the shim; rejects when that could not be started. */
  readonly exited: Promise<Exit>;
  /** Nobody of the attempt is alive, and nobody will signal it: the shim is free for the next one. */
  readonly release: () => void;
}

interface Shim {
  readonly child: ChildProcess;
  readonly agent: string;
  readonly leader: ProcessIdentity | null;
  /** Answers the attempt that runs. */
  answer: ((exit: Exit) => void) | null;
  refuse: (error: unknown) => void;
  /** The newest pid just before the attempt began. */
  since: number;
  /** It was sent a signal: it is not asked again. */
  isSpent: boolean;
}

/** More than this need not wait for work that may come. */
const IDLE_MAX = 16;

const byPid = new Map<number, Shim>();
const idle = new Map<string, Shim[]>();

function openShim(agent: string): Shim {
  // Nothing of a task is in its environment, and it stands in nobody's way.
  const child = spawn(SHIM_FILE, shimArgs(bootId), {
    cwd: '/',
    env: { TUTTI_SHIM: agent },
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const { pid = -1 } = child;
  const stat = pid === -1 ? null : readStat(pid);
  const shim: Shim = {
    child,
    agent,
    leader: stat === null ? null : { pid, startTime: stat.startTime, bootId },
    answer: null,
    refuse: () => undefined,
    since: 0,
    isSpent: false,
  };
  if (pid !== -1) byPid.set(pid, shim);
  listen(shim, pid);
  child.stdin.write(SHIM_TEXT);
  return shim;
}

function listen(shim: Shim, pid: number): void {
  const { child } = shim;
  let said = '';
  child.stdout!.setEncoding('latin1').on('data', (text: string) => {
    said += text;
    if (!said.endsWith('\n')) return;
    const code = Number(said);
    said = '';
    answerWith(shim, { code, signal: null });
  });
  child.once('error', (error) => {
    shim.isSpent = true;
    shim.refuse(error);
  });
  // After what it said: `exit` may come before that was read.
  child.once('close', (code, signal) => {
    shim.isSpent = true;
    byPid.delete(pid);
    answerWith(shim, { code, signal });
  });
  // A write to a shim that died is told by its death.
  child.stdin!.on('error', () => undefined);
  // Shims end by themselves when their agent does: none keeps it alive.
  child.unref();
  for (const stream of [child.stdin, child.stdout]) (stream as { unref?: () => void }).unref?.();
}

function answerWith(shim: Shim, exit: Exit): void {
  const { answer } = shim;
  shim.answer = null;
  answer?.(exit);
}

function release(shim: Shim): void {
  const waiting = idle.get(shim.agent) ?? [];
  if (shim.isSpent || shim.answer !== null || waiting.length >= IDLE_MAX) shim.child.stdin!.end();
  else idle.set(shim.agent, [...waiting, shim]);
}

function takeIdle(agent: string): Shim | undefined {
  const waiting = idle.get(agent) ?? [];
  for (;;) {
    const shim = waiting.pop();
    if (shim?.isSpent !== true) return shim;
  }
}

/** Runs the attempt in a shim of this agent that is free, or in a new one. */
export function startInShim(agent: string, request: ShimRequest): Attempt {
  const text = attemptText(request);
  if (text.includes('\0')) {
    throw Object.assign(new Error('a command or a variable holds a NUL'), { code: 'EINVAL' });
  }
  // Read before the shim is asked: whatever it starts is newer.
  const since = newestPid();
  const shim = takeIdle(agent) ?? openShim(agent);
  shim.since = since;
  const exited = new Promise<Exit>((resolve, reject) => {
    shim.answer = resolve;
    shim.refuse = reject;
  });
  shim.child.stdin!.write(text);
  let isReleased = false;
  return {
    pid: shim.child.pid ?? -1,
    leader: shim.leader,
    exited,
    release: () => {
      if (!isReleased) release(shim);
      isReleased = true;
    },
  };
}

/** The shim of this process that leads the group, if it does: without an attempt it does not count. */
function shimOf({ pid, startTime }: ProcessIdentity): Shim | null {
  const shim = byPid.get(pid);
  return shim?.leader?.startTime === startTime ? shim : null;
}

/** Whether an attempt that runs in a shim of this process is alive; undefined for every other group. */
export function isAttemptAlive(leader: ProcessIdentity): boolean | undefined {
  const shim = shimOf(leader);
  if (shim === null) return undefined;
  return shim.answer !== null || hasFollowers(leader.pid, shim.since);
}

export function spend(leader: ProcessIdentity): void {
  const shim = shimOf(leader);
  if (shim !== null) shim.isSpent = true;
}
