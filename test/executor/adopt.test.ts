import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { adoptAttempt, startAttempt } from '../../agents/executor/attempt.ts';
import { prepare } from '../../agents/executor/prepare.ts';
import { placesOf } from '../../agents/executor/request.ts';
import { voidAttempt } from '../../agents/executor/run-file.ts';
import { attemptText, SHIM_FILE, SHIM_TEXT, shimArgs } from '../../agents/process/shim.ts';
import { realSpawner } from '../../agents/process/spawner.ts';
import { parseRunFile } from '../../agents/protocol/attempt.ts';
import type { Task } from '../../agents/protocol/task.ts';
import { eventually } from '../helpers/eventually.ts';
import { baseSettings, makeRig, requestOf, taskOf } from './rig.ts';
import type { Rig } from './rig.ts';

const isAlive = (pid: number): boolean => realSpawner.identify(pid) !== null;

/** What an agent does when it starts an attempt, in as many words as fit a `node -e`. */
const AGENT = `
const { spawn } = require('node:child_process');
const [file, args, text] = JSON.parse(process.argv[1]);
const env = { TUTTI_SHIM: 'cpu-1' };
const shim = spawn(file, args, { env, cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
shim.stdin.write(text);
setInterval(() => {}, 1000);
`;

/** Starts the task in a process of its own and kills that process, when the worker has written its start. */
async function startAndOrphan(rig: Rig, task: Task): Promise<void> {
  const prepared = await prepare(rig.ports, baseSettings, requestOf(task));
  if (prepared.is === 'refused') throw new Error(prepared.message);
  const text = SHIM_TEXT + attemptText(prepared.shim);
  const request = JSON.stringify([SHIM_FILE, shimArgs(realSpawner.bootId), text]);
  const agent = spawn(process.execPath, ['-e', AGENT, request], { stdio: 'ignore' });
  const gone = new Promise((resolve) => agent.once('exit', resolve));
  const run = path.join(rig.batch, 'attempts/task.a1.run');
  await eventually(
    'the start of the worker',
    () => existsSync(run) && rig.runFile().includes('\n'),
  );
  agent.kill('SIGKILL');
  await gone;
}

describe('adoptAttempt, after the agent was killed', () => {
  it('waits for a worker that runs and learns its exit status', async () => {
    const rig = makeRig();
    await startAndOrphan(
      rig,
      taskOf('while ! [ -e go ]; do sleep 0.05; done; echo \'{"n":1}\'; exit 3'),
    );
    const live = await adoptAttempt(rig.ports, baseSettings, requestOf(taskOf('')));
    expect(live.isAlive()).toBe(true);
    expect(live.leader).toEqual(parseRunFile(rig.runFile()).worker);
    writeFileSync(path.join(rig.batch, 'go'), '');
    expect(await live.ended).toEqual({
      outcome: 'failed',
      message: 'The command ended with exit status 3; its last line of output: {"n":1}',
      exitCode: 3,
      signal: null,
      logDroppedBytes: 0,
      result: { n: 1 },
    });
    expect(live.isAlive()).toBe(false);
  });

  it('takes the exit status of one that ended meanwhile', async () => {
    const rig = makeRig();
    await startAndOrphan(rig, taskOf('exit 0'));
    await eventually('its end', () => parseRunFile(rig.runFile()).exitCode === 0);
    const live = await adoptAttempt(rig.ports, baseSettings, requestOf(taskOf('')));
    expect(await live.ended).toMatchObject({ outcome: 'complete', exitCode: 0 });
  });

  it('ends the whole group when asked', async () => {
    const rig = makeRig();
    await startAndOrphan(
      rig,
      taskOf(`( trap '' TERM; sh -c 'echo $$ > pid; while :; do sleep 1; done' ) & wait`),
    );
    const file = path.join(rig.batch, 'pid');
    const pid = Number(
      await eventually('its pid', () => existsSync(file) && readFileSync(file, 'utf8').trim()),
    );
    const live = await adoptAttempt(rig.ports, baseSettings, requestOf(taskOf('')));
    live.end('abort');
    expect(await live.ended).toMatchObject({ outcome: 'aborted' });
    expect(isAlive(pid)).toBe(false);
  });

  it('calls it crashed when the group died without a word', async () => {
    const rig = makeRig();
    await startAndOrphan(rig, taskOf('sleep 60; true'));
    const { worker } = parseRunFile(rig.runFile());
    process.kill(-worker!.pid, 'SIGKILL');
    await eventually('its death', () => !realSpawner.isGroupAlive(worker!));
    const live = await adoptAttempt(rig.ports, baseSettings, requestOf(taskOf('')));
    expect(await live.ended).toMatchObject({
      outcome: 'crashed',
      message: 'The worker vanished without recording an exit status while no agent watched it.',
    });
  });

  it('ends what the command left behind before anybody adopted it', async () => {
    const rig = makeRig();
    await startAndOrphan(rig, taskOf('sleep 60 & echo $! > pid; exit 0'));
    await eventually('its end', () => parseRunFile(rig.runFile()).exitCode === 0);
    const pid = Number(readFileSync(path.join(rig.batch, 'pid'), 'utf8'));
    expect(isAlive(pid)).toBe(true);
    const live = await adoptAttempt(rig.ports, baseSettings, requestOf(taskOf('')));
    expect(await live.ended).toMatchObject({ outcome: 'complete' });
    expect(isAlive(pid)).toBe(false);
  });

  it('calls it lost when the host was restarted', async () => {
    const rig = makeRig();
    const line = `start other-boot cpu-1 1 (sh) S ${'0 '.repeat(18)}77 0\n`;
    writeFileSync(path.join(rig.batch, 'attempts/task.a1.run'), line);
    const live = await adoptAttempt(rig.ports, baseSettings, requestOf(taskOf('')));
    expect(await live.ended).toMatchObject({
      outcome: 'lost',
      message: 'The host was restarted while it ran.',
    });
  });
});

describe('the race for the run file', () => {
  const claim = placesOf(makeRig().ports, requestOf(taskOf(''))).claim;
  const RUN = placesOf(makeRig().ports, requestOf(taskOf(''))).files.run;

  it('void first: the worker refuses, and the attempt is lost', async () => {
    const rig = makeRig();
    expect(await voidAttempt(rig.ports, RUN, claim)).toBe('void');
    const started = await startAttempt(rig.ports, baseSettings, requestOf(taskOf('echo > ran')));
    if (started.is === 'refused') throw new Error(started.message);
    expect(await started.live.ended).toMatchObject({
      outcome: 'lost',
      message: 'Nothing ran: its run file was taken before it could start.',
    });
    expect(existsSync(path.join(rig.batch, 'ran'))).toBe(false);
    expect(rig.runFile()).toBe('void\n');
    expect(await voidAttempt(rig.ports, RUN, claim)).toBe('void');
  });

  it('worker first: the void loses and answers who runs', async () => {
    const rig = makeRig();
    const live = await rig.start(taskOf('while ! [ -e go ]; do sleep 0.05; done'));
    await eventually('its start', () => existsSync(path.join(rig.shared, RUN)));
    const run = await voidAttempt(rig.ports, RUN, claim);
    expect(run).toEqual({ worker: live.leader, agent: 'cpu-1', exitCode: null, isVoid: false });
    writeFileSync(path.join(rig.batch, 'go'), '');
    expect(await live.ended).toMatchObject({ outcome: 'complete' });
  });

  it('both at once: exactly one wins, every time', async () => {
    const ends = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const rig = makeRig();
        const request = requestOf(taskOf('echo > ran'), { attempt: index + 1 });
        const { files, claim } = placesOf(rig.ports, request);
        const [started, voided] = await Promise.all([
          startAttempt(rig.ports, baseSettings, request),
          voidAttempt(rig.ports, files.run, claim),
        ]);
        if (started.is === 'refused') throw new Error(started.message);
        const { outcome } = await started.live.ended;
        return { outcome, isVoid: voided === 'void', ran: existsSync(path.join(rig.batch, 'ran')) };
      }),
    );
    for (const { outcome, isVoid, ran } of ends) {
      expect({ outcome, ran }).toEqual(
        isVoid ? { outcome: 'lost', ran: false } : { outcome: 'complete', ran: true },
      );
    }
  });

  it('a worker that died before its first word leaves nothing to wait for', async () => {
    const rig = makeRig();
    writeFileSync(path.join(rig.shared, RUN), '');
    expect(await voidAttempt(rig.ports, RUN, claim)).toEqual({
      worker: null,
      agent: null,
      exitCode: null,
      isVoid: false,
    });
  });

  it('a run file that is none says nothing of its worker', async () => {
    const rig = makeRig();
    writeFileSync(path.join(rig.shared, RUN), 'x'.repeat(10_000));
    const live = await adoptAttempt(rig.ports, baseSettings, requestOf(taskOf('')));
    expect(await live.ended).toMatchObject({ outcome: 'crashed', exitCode: null });
  });
});
