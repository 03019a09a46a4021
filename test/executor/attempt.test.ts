import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { startAttempt } from '../../agents/executor/attempt.ts';
import { realSpawner } from '../../agents/process/spawner.ts';
import { parseRunFile } from '../../agents/protocol/attempt.ts';
import { BATCH, baseSettings, makeRig, permissive, requestOf, taskOf } from './rig.ts';

describe('an attempt that ends by itself', () => {
  it.each([
    ['true', { outcome: 'complete', exitCode: 0, signal: null }],
    ['exit 3', { outcome: 'failed', exitCode: 3, signal: null }],
    ['exit 75', { outcome: 'not_now', exitCode: 75, signal: null }],
    ['set -e; false; echo never', { outcome: 'failed', exitCode: 1, signal: null }],
    ['exec sh -c "exit 9"', { outcome: 'failed', exitCode: 9, signal: null }],
    ['trap "exit 4" EXIT; true', { outcome: 'failed', exitCode: 4, signal: null }],
    ['kill -SEGV $$', { outcome: 'crashed', exitCode: null, signal: 'SIGSEGV' }],
    ['kill -TERM $$', { outcome: 'crashed', exitCode: null, signal: 'SIGTERM' }],
    ['kill -KILL $$', { outcome: 'crashed', exitCode: null, signal: 'SIGKILL' }],
    ['exit 111', { outcome: 'failed', exitCode: 111, signal: null }],
    ['exit 200', { outcome: 'failed', exitCode: 200, signal: null }],
    ['if', { outcome: 'failed', exitCode: 2, signal: null }],
  ])('%s', async (command, expected) => {
    const rig = makeRig();
    expect(await rig.run(command)).toMatchObject(expected);
    const numbers: Record<string, number> = { SIGSEGV: 11, SIGTERM: 15, SIGKILL: 9 };
    const status = expected.exitCode ?? 128 + numbers[expected.signal ?? '']!;
    const run = parseRunFile(rig.runFile());
    expect(run).toMatchObject({ exitCode: status, isVoid: false });
    expect(run.worker?.pid).toBeGreaterThan(1);
  });

  it('quotes what it said when a command is missing', async () => {
    const rig = makeRig();
    expect(await rig.run('no-such-command-here')).toEqual({
      outcome: 'failed',
      message:
        'A command was not found (exit status 127); its last line of output: task: 1: no-such-command-here: not found',
      exitCode: 127,
      signal: null,
      logDroppedBytes: 0,
    });
  });

  it('hands on the last line of output when it is a JSON object', async () => {
    const ending = await makeRig().run(`echo hello; echo '{"accepted": false, "n": 2}'; echo`);
    expect(ending.result).toEqual({ accepted: false, n: 2 });
  });

  it('has the batch as its working directory and the contract as its environment', async () => {
    const rig = makeRig();
    const task = taskOf('pwd; env | sort', { env: { OWN: '{BATCH_ID}' } });
    const live = await rig.start(
      task,
      { host: { PATH: process.env['PATH'], SECRET_TOKEN: 'x', NODE_OPTIONS: '--x' } },
      { cudaDevices: 'GPU-1', inputs: { 'in-put': [1] }, attempt: 1 },
    );
    await live.ended;
    const plan = path.join(rig.shared, 'plans/demo');
    expect(
      rig
        .log()
        .split('\n')
        .filter((line) => !/^(PWD|PATH|OLDPWD|_|SHLVL)=/.test(line)),
    ).toEqual([
      rig.batch,
      'CUDA_VISIBLE_DEVICES=GPU-1',
      'LANG=C.UTF-8',
      `OWN=${BATCH}`,
      'TUTTI_AGENT=cpu-1',
      'TUTTI_ATTEMPT=1',
      `TUTTI_BATCH_ID=${BATCH}`,
      `TUTTI_BATCH_PATH=${rig.batch}`,
      `TUTTI_CLAIM=${BATCH}.task.a1`,
      'TUTTI_INPUT_IN_PUT=[1]',
      `TUTTI_PLAN_PATH=${plan}`,
      'TUTTI_TASK_ID=task',
      '',
    ]);
  });

  it('checks `produces` after it succeeded', async () => {
    const rig = makeRig();
    const produces = ['results/a', '{BATCH_PATH}/results/b'];
    expect(await rig.run('echo > results/a', {}, { produces })).toMatchObject({
      outcome: 'missing_output',
      exitCode: 0,
      message: `Exit status 0, but \`produces\` names what is not there: ${rig.batch}/results/b`,
    });
  });

  it('writes the command into its log at debug, and its steps at trace', async () => {
    const rig = makeRig();
    await rig.run('echo a', { workerLogLevel: 'debug' });
    expect(rig.log()).toBe(`[tutti: in ${rig.batch}]\n[tutti: echo a]\na\n`);
    const other = makeRig();
    await other.run('echo a', { workerLogLevel: 'trace' });
    expect(other.log()).toBe(`[tutti: in ${other.batch}]\n[tutti: echo a]\n+ echo a\na\n`);
  });

  it('keeps the limits of its permission file', async () => {
    const limits = { file_size_mib: 1, files: 64, cpu_s: 1 };
    const settings = { permissions: { ...permissive, limits } };
    const big = await makeRig().run('head -c 2000000 /dev/zero > results/big', settings);
    expect(big).toMatchObject({ outcome: 'crashed', signal: 'SIGXFSZ' });
    expect(big.message).toContain('file_size_mib');
    const rig = makeRig();
    await rig.run('ulimit -n; ulimit -t', settings);
    expect(rig.log()).toBe('64\n1\n');
  });
});

describe('data', () => {
  it('reaches the command unharmed, whatever it holds', async () => {
    const items = [
      { path: 'a b;$(touch x)' },
      { path: `it's "quoted"` },
      { path: 'two\nlines' },
      { path: 'Grüße 🎵 \\ `touch x`' },
    ];
    const rig = makeRig();
    const ending = await rig.run(`printf '%s|' {ITEM.path}`, {}, { items });
    expect(ending).toMatchObject({ outcome: 'complete' });
    expect(rig.log()).toBe(items.map((item) => `${item.path}|`).join(''));
    expect(existsSync(path.join(rig.batch, 'x'))).toBe(false);
  });

  it('of 1 MB goes by a file of items', async () => {
    const items = [{ text: 'ü'.repeat(500_000) }, { text: 'b' }];
    const rig = makeRig();
    const command = 'cmp {ITEMS_PATH} "$TUTTI_ITEMS_PATH" && wc -c < "$TUTTI_ITEMS_PATH"';
    expect(await rig.run(command, {}, { items })).toMatchObject({ outcome: 'complete' });
    const bytes = Buffer.byteLength(`${JSON.stringify(items)}\n`);
    expect(rig.log().trim()).toBe(String(bytes));
  });

  it('of 1 MB in the command itself goes by a file of script', async () => {
    const rig = makeRig();
    const items = [{ text: 'x'.repeat(1_000_000) }];
    const command = 'text={ITEM.text}; echo ${#text}';
    expect(await rig.run(command, {}, { items })).toMatchObject({ outcome: 'complete' });
    expect(rig.log()).toBe('1000000\n');
    expect(existsSync(path.join(rig.batch, 'attempts/task.a1.sh'))).toBe(true);
  });

  it('too long for a program is said so', async () => {
    const items = [{ text: 'x'.repeat(1_000_000) }];
    const ending = await makeRig().run('/bin/echo {ITEM.text}', {}, { items });
    expect(ending).toMatchObject({ outcome: 'failed', exitCode: 126 });
    expect(ending.message).toMatch(/could not be executed.*Argument list too long/);
  });
});

describe('an attempt that is refused', () => {
  const refusal = async (
    task: ReturnType<typeof taskOf>,
    settings: Partial<typeof baseSettings> = {},
    rig = makeRig(),
  ) => {
    const started = await startAttempt(
      rig.ports,
      { ...baseSettings, ...settings },
      requestOf(task),
    );
    expect(existsSync(path.join(rig.batch, 'attempts/task.a1.run'))).toBe(false);
    return started;
  };

  it('for an input that is not there', async () => {
    expect(await refusal(taskOf('true', { requires: ['results', '/no/such', 'x'] }))).toEqual({
      is: 'refused',
      outcome: 'missing_input',
      message: 'Not started: `requires` names what is not there: /no/such, x',
    });
  });

  it('by the permission file', async () => {
    const commands = { allow: [], deny: [{ pattern: '^mkfs', reason: 'it formats a disk' }] };
    const settings = { permissions: { ...permissive, commands } };
    expect(await refusal(taskOf('ls; mkfs.ext4 /dev/sda'), settings)).toEqual({
      is: 'refused',
      outcome: 'denied',
      message:
        'Not started: `mkfs.ext4 /dev/sda` is refused by commands.deny[0]: it formats a disk.',
      errorType: 'commands.deny[0]',
    });
  });

  it('for a definition that cannot be resolved', async () => {
    expect(await refusal(taskOf('echo {NO_SUCH}'))).toMatchObject({ outcome: 'definition' });
    expect(await refusal(taskOf('true', { env: { TUTTI_CLAIM: 'x' } }))).toMatchObject({
      outcome: 'definition',
      errorType: 'ENVIRONMENT_INVALID',
    });
  });

  it('when the shim cannot be started, or the task cannot be told to it', async () => {
    const rig = makeRig();
    const error = Object.assign(new Error('spawn EAGAIN'), { code: 'EAGAIN' });
    const spawner: typeof realSpawner = {
      ...realSpawner,
      startAttempt: () => ({
        pid: -1,
        leader: null,
        exited: Promise.reject(error),
        release: () => undefined,
      }),
    };
    const request = requestOf(taskOf('true'));
    expect(await startAttempt({ ...rig.ports, spawner }, baseSettings, request)).toMatchObject({
      outcome: 'not_now',
      message: 'Not started: spawn EAGAIN.',
    });
    const nul = requestOf(taskOf('true', { env: { A: 'a\0b' } }));
    expect(await startAttempt(rig.ports, baseSettings, nul)).toMatchObject({
      is: 'refused',
      outcome: 'failed',
      errorType: 'EINVAL',
    });
  });

  it('when the folder of its batch is not there', async () => {
    const rig = makeRig();
    const gone = taskOf('true', { batch: 'demo-20261121-021455-zzzzz' });
    const started = await startAttempt(rig.ports, baseSettings, requestOf(gone));
    if (started.is === 'refused') throw new Error(started.message);
    expect(await started.live.ended).toMatchObject({
      outcome: 'failed',
      message: 'Nothing ran: plans/demo/batches/demo-20261121-021455-zzzzz/logs is not there.',
    });
  });

  it('waits for an input as long as the mount may hide it', async () => {
    const rig = makeRig();
    const task = taskOf('true', { requires: ['results/late'] });
    const settings = { ...baseSettings, visibilityDelayMs: 20_000 };
    const started = startAttempt(rig.ports, settings, requestOf(task));
    mkdirSync(path.join(rig.batch, 'results'), { recursive: true });
    writeFileSync(path.join(rig.batch, 'results/late'), '');
    const attempt = await started;
    if (attempt.is === 'refused') throw new Error(attempt.message);
    expect(await attempt.live.ended).toMatchObject({ outcome: 'complete' });
  });
});
