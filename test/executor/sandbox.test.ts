import { existsSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAttempt } from '../../agents/executor/attempt.ts';
import { describeSandbox, detectSandbox, sandboxOptions } from '../../agents/executor/sandbox.ts';
import { realSpawner } from '../../agents/process/spawner.ts';
import { createDisk } from '../../agents/store/real-disk.ts';
import { parsePermissions } from '../../agents/protocol/permission.ts';
import { parseRunFile } from '../../agents/protocol/attempt.ts';
import { eventually } from '../helpers/eventually.ts';
import { baseSettings, makeRig, requestOf, taskOf } from './rig.ts';

const sandbox = await detectSandbox('auto');
const why = sandbox.kind === 'none' ? ` (skipped: ${sandbox.reason})` : '';

const file = 'agents/permissions/worker.json';
const shipped = parsePermissions(readFileSync(file, 'utf8'), file);
// The tests live below the temporary folder, which the shipped file makes writable.
const permissions = { ...shipped, write: ['{BATCH_PATH}'], commands: { allow: [], deny: [] } };
const settings = { sandbox, permissions };

describe.skipIf(sandbox.kind === 'none')(`bubblewrap${why}`, () => {
  it('lets a command write inside its batch', async () => {
    const rig = makeRig();
    expect(await rig.run('echo hi > results/x; cat results/x', settings)).toMatchObject({
      outcome: 'complete',
    });
    expect(rig.log()).toBe('hi\n');
    expect(parseRunFile(rig.runFile()).exitCode).toBe(0);
  });

  it('does so where `shared/` is reached by a symbolic link', async () => {
    const rig = makeRig();
    const link = `${rig.shared}-link`;
    symlinkSync(rig.shared, link);
    const ports = { ...rig.ports, disk: createDisk(link, false) };
    const request = requestOf(taskOf('echo hi > {BATCH_PATH}/results/x'));
    const started = await startAttempt(ports, { ...baseSettings, ...settings }, request);
    if (started.is === 'refused') throw new Error(started.message);
    expect(await started.live.ended).toMatchObject({ outcome: 'complete' });
  });

  it.each([
    ['outside', 'p={BATCH_PATH}/../x; echo > "$p"'],
    ['among the run files', 'p={BATCH_PATH}/attempts/x; echo > "$p"'],
    ['over its own log', 'p={BATCH_PATH}/logs/task.a1.log; echo > "$p"'],
  ])('refuses to let it write %s', async (_, command) => {
    const rig = makeRig();
    const ending = await rig.run(command, settings);
    expect(ending).toMatchObject({ outcome: 'failed', exitCode: 2 });
    expect(ending.message).toMatch(/Read-only file system|Permission denied/);
    expect(existsSync(path.join(rig.batch, '../x'))).toBe(false);
  });

  it('shows only what may be read', async () => {
    const rig = makeRig();
    writeFileSync(path.join(rig.shared, 'secret'), '');
    const read = ['/usr', '/bin', '/lib', '/lib64', '/etc'];
    const ending = await rig.run(`ls {BATCH_PATH} && ! ls ${rig.shared}/secret 2> /dev/null`, {
      sandbox,
      permissions: { ...permissions, read },
    });
    expect(rig.log()).toBe('attempts\nlogs\noutput\nresults\n');
    expect(ending).toMatchObject({ outcome: 'complete' });
  });

  it('passes on statuses and signals', async () => {
    expect(await makeRig().run('exit 75', settings)).toMatchObject({ outcome: 'not_now' });
    expect(await makeRig().run('kill -SEGV $$; true', settings)).toMatchObject({
      outcome: 'crashed',
      signal: 'SIGSEGV',
    });
  });

  it('hands TERM to the command and waits for its answer', async () => {
    const rig = makeRig();
    const command = `trap 'echo saved; exit 5' TERM; echo > up; while :; do sleep 0.05; done`;
    const live = await rig.start(taskOf(command), { ...settings, abortGraceMs: 20_000 });
    await eventually('its start', () => existsSync(path.join(rig.batch, 'up')));
    live.end('abort');
    expect(await live.ended).toMatchObject({ outcome: 'aborted' });
    expect(rig.log()).toContain('saved\n');
  });

  it('ends with the KILL of its group, and everything in it too, whatever session it is in', async () => {
    const rig = makeRig();
    const stay = `trap '' TERM; while :; do sleep 1; done`;
    const command = `env -u TUTTI_CLAIM setsid sh -c "${stay}" & echo > up; ${stay}`;
    const live = await rig.start(taskOf(command), settings);
    await eventually('its start', () => existsSync(path.join(rig.batch, 'up')));
    const { pid } = live.leader!;
    process.kill(-pid, 'SIGKILL');
    expect(await live.ended).toMatchObject({ outcome: 'crashed', signal: 'SIGKILL' });
    await eventually('the end of what left its session', () => !commandLines().includes(stay));
  });

  it.skipIf(sandbox.kind === 'none' || !sandbox.isolatesProcesses)(
    'ends a daemon that the command left behind',
    async () => {
      const rig = makeRig();
      const stay = `trap '' TERM HUP; : ${rig.shared}; while :; do sleep 1; done`;
      const command = `env -u TUTTI_CLAIM setsid sh -c "${stay}" & exit 0`;
      expect(await rig.run(command, settings)).toMatchObject({ outcome: 'complete' });
      expect(commandLines()).not.toContain(stay);
    },
  );

  describe('the network', () => {
    const server = createServer((socket) => socket.end('hello'));
    let port = 0;
    beforeAll(async () => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      port = (server.address() as { port: number }).port;
    });
    afterAll(() => server.close());
    const dial = (): string =>
      `node -e 'require("node:net").connect(${port}, "127.0.0.1").on("error", (e) => { process.stdout.write(e.code); process.exit(1); }).resume().on("end", () => process.exit(0))'`;

    it('is there when it is allowed', async () => {
      expect(await makeRig().run(dial(), settings)).toMatchObject({ outcome: 'complete' });
    });

    it.skipIf(sandbox.kind === 'none' || !sandbox.isolatesNetwork)(
      'is off when it is not',
      async () => {
        const off = { sandbox, permissions: { ...permissions, network: false } };
        const ending = await makeRig().run(dial(), off);
        expect(ending).toMatchObject({ outcome: 'failed', exitCode: 1 });
        expect(ending.message).toMatch(/ECONNREFUSED|ENETUNREACH|EADDRNOTAVAIL/);
      },
    );
  });
});

/** The command lines of all living processes. */
const commandLines = (): string =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && realSpawner.identify(pid) !== null)
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');

describe('the choice of a sandbox', () => {
  const path = process.env['PATH'];
  afterAll(() => {
    process.env['PATH'] = path;
  });

  it('is none when it is switched off', async () => {
    const off = await detectSandbox('off');
    expect(off).toEqual({ kind: 'none', reason: 'switched off by `sandbox` in config.json' });
    expect(describeSandbox(off)).toBe(
      'no sandbox (switched off by `sandbox` in config.json); permission files only lint',
    );
  });

  it('refuses to go without when it is required', async () => {
    process.env['PATH'] = '/nonexistent';
    await expect(detectSandbox('required')).rejects.toThrow(
      /^the configuration requires a sandbox and there is none: bwrap does not run: .*ENOENT/,
    );
    expect(await detectSandbox('auto')).toMatchObject({ kind: 'none' });
    process.env['PATH'] = path;
  });

  it('says what this host does not allow it', () => {
    const found = { kind: 'bubblewrap', version: '0.8.0' } as const;
    expect(describeSandbox({ ...found, isolatesProcesses: true, isolatesNetwork: true })).toBe(
      'bubblewrap 0.8.0',
    );
    expect(describeSandbox({ ...found, isolatesProcesses: false, isolatesNetwork: false })).toBe(
      'bubblewrap 0.8.0, without its own processes and network: false (refused by this host)',
    );
  });

  it('builds the arguments, outer folders first', () => {
    const options = sandboxOptions({
      isolation: { isolatesProcesses: true, isolatesNetwork: true },
      grants: [
        { path: '/', mode: 'read' },
        { path: '/tmp', mode: 'write' },
        { path: '/tmp/shared', mode: 'read' },
      ],
      cwd: '/tmp/shared/b',
      isNetworkAllowed: false,
    });
    expect(options.join(' ')).toBe(
      '--ro-bind-try / / --dev-bind /dev /dev --unshare-pid --proc /proc --unshare-net ' +
        '--bind-try /tmp /tmp --ro-bind-try /tmp/shared /tmp/shared --chdir /tmp/shared/b --',
    );
  });
});
