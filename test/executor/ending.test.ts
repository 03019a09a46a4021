import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { startAttempt } from '../../agents/executor/attempt.ts';
import type { LiveAttempt } from '../../agents/executor/attempt.ts';
import { realSpawner } from '../../agents/process/spawner.ts';
import { parseRunFile } from '../../agents/protocol/attempt.ts';
import { eventually } from '../helpers/eventually.ts';
import { baseSettings, makeRig, requestOf, silent, taskOf } from './rig.ts';
import type { Rig } from './rig.ts';

const isAlive = (pid: number): boolean => realSpawner.identify(pid) !== null;

/** The pids that the command wrote into `file`, once there are `count`. */
const pidsIn = (rig: Rig, file: string, count = 1): Promise<number[]> =>
  eventually(`${count} pids in ${file}`, () => {
    const name = path.join(rig.batch, file);
    const pids = existsSync(name) ? readFileSync(name, 'utf8').trim().split('\n').map(Number) : [];
    return pids.length === count && pids;
  });

async function startWithPids(
  command: string,
  count: number,
): Promise<{ rig: Rig; live: LiveAttempt; pids: number[] }> {
  const rig = makeRig();
  const live = await rig.start(taskOf(command));
  return { rig, live, pids: await pidsIn(rig, 'pids', count) };
}

describe('an attempt that is ended from outside', () => {
  it('by a timeout, with the status of its child recorded', async () => {
    const rig = makeRig();
    const live = await rig.start(taskOf('sleep 60; echo never'), {}, { timeoutMs: 100 });
    expect(await live.ended).toEqual({
      outcome: 'timeout',
      message: 'The command ran past its timeout and was ended: 0.1 s.',
      exitCode: null,
      signal: 'SIGTERM',
      logDroppedBytes: 0,
    });
    expect(parseRunFile(rig.runFile()).exitCode).toBe(143);
    expect(live.isAlive()).toBe(false);
  });

  it('by an abort that the command answers in its own way', async () => {
    const { rig, live } = await startWithPids(
      `trap 'echo saved; exit 5' TERM; echo $$ > pids; sleep 60 & wait`,
      1,
    );
    expect(live.isAlive()).toBe(true);
    live.end('abort', 'asked by the operator');
    expect(await live.ended).toMatchObject({
      outcome: 'aborted',
      exitCode: 5,
      message: 'The command was ended by an abort signal: asked by the operator.',
    });
    expect(rig.log()).toContain('saved\n');
    expect(parseRunFile(rig.runFile()).exitCode).toBe(5);
  });

  it('by an abort with a grandchild that ignores TERM: KILL after the grace', async () => {
    const { live, pids } = await startWithPids(
      `( trap '' TERM; sh -c 'echo $$ >> pids; while :; do sleep 1; done' ) & echo $$ >> pids; wait`,
      2,
    );
    live.end('abort');
    expect(await live.ended).toMatchObject({ outcome: 'aborted', signal: 'SIGTERM' });
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('by a kill, which leaves no time for goodbye', async () => {
    const { rig, live, pids } = await startWithPids(
      `trap 'echo saved' TERM; echo $$ > pids; while :; do sleep 1; done`,
      1,
    );
    live.end('kill');
    expect(await live.ended).toMatchObject({ outcome: 'killed', signal: 'SIGKILL' });
    expect(pids.filter(isAlive)).toEqual([]);
    expect(rig.log()).toBe('');
    expect(parseRunFile(rig.runFile()).exitCode).toBeNull();
  });

  it('by an abort and, when that takes too long, a kill: the stronger one names it', async () => {
    const rig = makeRig();
    const live = await rig.start(
      taskOf(`trap '' TERM; echo $$ > pids; while :; do sleep 1; done`),
      { abortGraceMs: 600_000 },
    );
    await pidsIn(rig, 'pids');
    live.end('abort');
    live.end('kill');
    live.end('timeout');
    expect(await live.ended).toMatchObject({ outcome: 'killed', signal: 'SIGKILL' });
  });

  it.each([
    ['returned', 'SIGTERM'],
    ['fence', 'SIGKILL'],
  ] as const)('because the agent goes: %s', async (cause, signal) => {
    const live = await makeRig().start(taskOf('sleep 60; true'));
    live.end(cause);
    expect(await live.ended).toMatchObject({ outcome: 'returned', signal });
  });

  it('hunts down what left the session', async () => {
    const { live, pids } = await startWithPids(
      `setsid sh -c 'trap "" TERM; echo $$ >> pids; while :; do sleep 1; done' & echo $$ >> pids; wait`,
      2,
    );
    live.end('abort');
    expect(await live.ended).toMatchObject({ outcome: 'aborted' });
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('hunts down what left the session and lost its leader there', async () => {
    const { live, pids } = await startWithPids(
      `setsid sh -c '(trap "" TERM; sh -c "echo \\$\\$ >> pids; while :; do sleep 1; done") &'; echo $$ >> pids; while :; do sleep 1; done`,
      2,
    );
    live.end('kill');
    expect(await live.ended).toMatchObject({ outcome: 'killed' });
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('ends when the shim itself is killed by a stranger', async () => {
    const { live, pids } = await startWithPids(`echo $$ > pids; sleep 60; true`, 1);
    process.kill(live.leader!.pid, 'SIGKILL');
    expect(await live.ended).toEqual({
      outcome: 'crashed',
      message:
        'The command was ended by SIGKILL, which tutti did not send. The kernel does that when memory runs out.',
      exitCode: null,
      signal: 'SIGKILL',
      logDroppedBytes: 0,
    });
    expect(pids.filter(isAlive)).toEqual([]);
  });
});

describe('what a command leaves behind', () => {
  it('is ended before the attempt counts as over, and does not change its outcome', async () => {
    const { live, pids } = await startWithPids(
      `( trap '' TERM; sh -c 'echo $$ >> pids; while :; do sleep 1; done' ) & while ! [ -s pids ]; do :; done; exit 0`,
      1,
    );
    expect(await live.ended).toMatchObject({ outcome: 'complete', exitCode: 0 });
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('dies faster when somebody kills meanwhile', async () => {
    const rig = makeRig();
    const told: string[] = [];
    const log = { ...silent, info: (_: object, text?: string) => told.push(text ?? '') };
    const live = await rig.start(
      taskOf(
        `( trap '' TERM; sh -c 'echo $$ >> pids; while :; do sleep 1; done' ) & while ! [ -s pids ]; do :; done`,
      ),
      { abortGraceMs: 600_000, log },
    );
    const pids = await pidsIn(rig, 'pids');
    await eventually('the end of the leader', () =>
      told.includes('ending what the command left behind'),
    );
    live.end('kill');
    expect(await live.ended).toMatchObject({ outcome: 'complete' });
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('is found although the leader was gone before anybody could look', async () => {
    const rig = makeRig();
    const spawner: typeof realSpawner = {
      ...realSpawner,
      startAttempt: (...args) => ({ ...realSpawner.startAttempt(...args), leader: null }),
    };
    const started = await startAttempt(
      { ...rig.ports, spawner },
      baseSettings,
      requestOf(taskOf(`sleep 60 & echo $! > pids`)),
    );
    if (started.is === 'refused') throw new Error(started.message);
    expect(started.live.leader).toBeNull();
    expect(await started.live.ended).toMatchObject({ outcome: 'complete' });
    expect((await pidsIn(rig, 'pids')).filter(isAlive)).toEqual([]);
  });
});
