// Crash points: every file operation of a process has a number, and a test makes the process die or stall
// at one (TUTTI_CRASH_AT, read in process/settings.ts). Production has no such request: its disk is left as
// it is, and pays nothing.
//
//   TUTTI_CRASH_AT=<process>:<number>:<moment>   brain:17:before, gpu-1:4:half, launch:9:after
//   TUTTI_CRASH_LOG=<file>                       a line per operation, or the one at which it happened
import fs from 'node:fs';
import { Fault } from '../protocol/fault.ts';
import type { Disk } from './disk.ts';

/**
 * `half`: dies when half of the text is written; only what creates or appends has a half. `stall`: stops
 * before the operation (SIGSTOP), and does it when somebody lets it go on.
 */
const CRASH_MOMENTS = ['before', 'half', 'after', 'stall'] as const;
type CrashMoment = (typeof CRASH_MOMENTS)[number];

export interface CrashRequest {
  readonly at?: string | undefined;
  readonly log?: string | undefined;
}

interface CrashPoint {
  readonly number: number;
  readonly moment: CrashMoment;
}

/** Null when it is about another process. @throws Fault CONFIG_INVALID */
function parsePoint(text: string, name: string): CrashPoint | null {
  const match = /^([\w-]+):(\d+):(\w+)$/.exec(text);
  const moment = CRASH_MOMENTS.find((one) => one === match?.[3]);
  if (match === null || moment === undefined) {
    const problem = `TUTTI_CRASH_AT: expected <process>:<number>:<${CRASH_MOMENTS.join('|')}>, found ${text}`;
    throw new Fault('CONFIG_INVALID', { problem }, { file: 'environment' });
  }
  return match[1] === name ? { number: Number(match[2]), moment } : null;
}

/** One operation that has a number. */
interface Step {
  /** Dies or stalls here when this is the moment. */
  reach(moment: CrashMoment): void;
  /** Whether it is to die after half of what it writes. */
  readonly isCut: boolean;
}

type Steps = (operation: string, path: string) => Step;

/** Called at the start of each operation, whose number is the order of the starts. */
function openSteps(name: string, { at, log }: CrashRequest): Steps {
  const point = at === undefined ? null : parsePoint(at, name);
  let count = 0;
  return (operation, path) => {
    count += 1;
    const line = `${name} ${count} ${operation} ${path}\n`;
    const isHere = point?.number === count;
    if (at === undefined && log !== undefined) fs.appendFileSync(log, line);
    const step: Step = {
      isCut: isHere && point.moment === 'half',
      reach(moment) {
        if (!isHere || point.moment !== moment) return;
        if (log !== undefined) fs.appendFileSync(log, line);
        process.kill(process.pid, moment === 'stall' ? 'SIGSTOP' : 'SIGKILL');
      },
    };
    step.reach('stall');
    step.reach('before');
    return step;
  };
}

/** `name`: brain, launch, or the name of an agent. @throws Fault CONFIG_INVALID */
export function withCrashPoints(disk: Disk, request: CrashRequest | null, name: string): Disk {
  if (request === null) return disk;
  const steps = openSteps(name, request);
  const pass = async <T>(operation: string, path: string, act: () => Promise<T>): Promise<T> => {
    const step = steps(operation, path);
    const answer = await act();
    step.reach('after');
    return answer;
  };
  const put = <T>(operation: string, path: string, text: string, write: Write<T>): Promise<T> =>
    cut(steps(operation, path), text, write);
  const numbered: Disk = {
    read: (path, max) => pass('read', path, () => disk.read(path, max)),
    readRange: (path, ...part) => pass('readRange', path, () => disk.readRange(path, ...part)),
    create: (path, text, sync) =>
      put('create', path, text, (part) => disk.create(path, part, sync)),
    append: (path, text) => put('append', path, text, (part) => disk.append(path, part)),
    rename: (from, to) => pass('rename', `${from} ${to}`, () => disk.rename(from, to)),
    link: (from, to) => pass('link', `${from} ${to}`, () => disk.link(from, to)),
    unlink: (path) => pass('unlink', path, () => disk.unlink(path)),
    truncate: (path, size) => pass('truncate', path, () => disk.truncate(path, size)),
    excise: (path, middle) => pass('excise', path, () => disk.excise(path, middle)),
    mkdir: (path) => pass('mkdir', path, () => disk.mkdir(path)),
    list: (path) => pass('list', path, () => disk.list(path)),
    stat: (path) => pass('stat', path, () => disk.stat(path)),
    syncDirectory: (path) => pass('syncDirectory', path, () => disk.syncDirectory(path)),
    touch: (path) => pass('touch', path, () => disk.touch(path)),
    absolute: (path) => disk.absolute(path),
  };
  lockCalls.set(numbered, numberedLockCalls(steps, disk.absolute('')));
  return numbered;
}

type Write<T> = (text: string) => Promise<T>;

async function cut<T>(step: Step, text: string, write: Write<T>): Promise<T> {
  if (step.isCut) {
    await write(text.slice(0, Math.ceil(text.length / 2)));
    step.reach('half');
  }
  const answer = await write(text);
  step.reach('after');
  return answer;
}

/** Locks are directories that proper-lockfile makes by itself, with calls that may be handed to it. */
const lockCalls = new WeakMap<Disk, LockCalls>();

type Callback = (...answer: readonly unknown[]) => void;
type LockCalls = typeof fs;

/** Undefined: those of Node. */
export const lockCallsOf = (disk: Disk): LockCalls | undefined => lockCalls.get(disk);

function numberedLockCalls(steps: Steps, root: string): LockCalls {
  const numbered =
    (operation: string, call: (path: string, ...rest: unknown[]) => void) =>
    (path: string, ...rest: unknown[]): void => {
      const callback = rest.pop() as Callback;
      const step = steps(`lock-${operation}`, path.slice(root.length + 1));
      call(path, ...rest, (...answer: readonly unknown[]) => {
        step.reach('after');
        callback(...answer);
      });
    };
  return {
    ...fs,
    mkdir: numbered('mkdir', fs.mkdir as never),
    rmdir: numbered('rmdir', fs.rmdir as never),
    stat: numbered('stat', fs.stat as never),
    utimes: numbered('utimes', fs.utimes as never),
    rmSync(path, options) {
      const step = steps('lock-rm', String(path).slice(root.length + 1));
      fs.rmSync(path, options);
      step.reach('after');
    },
  } as LockCalls;
}
