// `tutti sync` to an rsync daemon: on this host, and in a network namespace of its own whose link goes down
// in the middle of it all.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { hasRsync, LONG_MS, openGap } from '../helpers/gap.ts';
import type { Gap } from '../helpers/gap.ts';
import { planText } from '../helpers/plan-text.ts';
import { know } from '../helpers/plays.ts';
import { startProgram } from '../helpers/program.ts';
import type { Program } from '../helpers/program.ts';
import { jsonOf, namesIn } from '../helpers/tree.ts';

vi.setConfig({ testTimeout: 2 * LONG_MS });

const PLAN = planText({
  one: { command: 'head -c 3000000 /dev/zero > {BATCH_PATH}/results/zeros' },
});

let gap: Gap;
let ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.toReversed()) await end();
  ends = [];
  await gap.close();
});

/** `host:port` for a daemon whose one module is the rig's shared/. */
function startDaemon(port: number, address: string, prefix: readonly string[] = []): Program {
  const config = join(gap.home, 'rsyncd.conf');
  const own = process.getuid?.() === 0 ? ['uid = 0', 'gid = 0'] : [];
  const module = [
    '[tutti]',
    `path = ${gap.rig.shared}`,
    'read only = no',
    'use chroot = no',
    ...own,
  ];
  writeFileSync(config, [...module, ''].join('\n'));
  const bind = ['--daemon', '--no-detach', `--config=${config}`, `--port=${port}`];
  const [file, ...args] = [...prefix, 'rsync', ...bind, `--address=${address}`] as const;
  const logPath = join(gap.home, 'daemon.log');
  const daemon = startProgram({ name: 'rsyncd', file, args, env: {}, logPath });
  ends.push(async () => {
    daemon.signal('SIGTERM');
    await daemon.ended;
  });
  return daemon;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const submit = async (name: string): Promise<string> => {
  const batch = await gap.submit(gap.plan(name, PLAN));
  know(batch, name);
  return batch;
};
const isHome = (name: string, batch: string): boolean =>
  existsSync(gap.at(`plans/${name}/batches/${batch}/RUN_SUMMARY.json`)) &&
  existsSync(gap.at(`plans/${name}/batches/${batch}/tasks`));
const expectComplete = (name: string, batch: string): void => {
  const folder = `plans/${name}/batches/${batch}`;
  expect(jsonOf(gap.at(`${folder}/RUN_SUMMARY.json`))).toMatchObject({ verdict: 'complete' });
  expect(
    namesIn(gap.rig.at(`${folder}/attempts`)).filter((file) => file.endsWith('.json')),
  ).toEqual(['one.a1.json']);
};

describe.skipIf(!hasRsync)('to an rsync daemon (needs rsync)', () => {
  it('catches up after the daemon was away, and tells all the while how old its picture is', async () => {
    gap = await openGap();
    const port = await freePort();
    const url = `rsync://127.0.0.1:${port}/tutti`;
    const daemon = startDaemon(port, '127.0.0.1');
    const before = await submit('before');
    const up = ['sync', url, '--timeout', '5'];
    await gap.syncUntil('it comes home', () => isHome('before', before), url);
    expectComplete('before', before);
    expect((await gap.tutti(up)).code).toBe(0);

    daemon.signal('SIGTERM');
    await daemon.ended;
    const batches = [await submit('during'), await submit('during')];
    await gap.tutti(['cancel', batches[1]!]);
    const down = await gap.tutti(up);
    expect([down.code, down.stderr]).toEqual([75, expect.stringContaining('[SYNC_FAILED]')]);
    expect(gap.state()).toMatchObject({ failures: 1, pending: 3 });
    const { stdout } = await gap.tutti(['status']);
    expect(stdout).toMatch(/this picture of it was pulled .* ago; 3 parcels on the way in/);
    expect(stdout).toMatch(/1 bad round: .*refused/);

    startDaemon(port, '127.0.0.1');
    await gap.syncUntil('all is home', () => batches.every((one) => isHome('during', one)), url);
    expectComplete('during', batches[0]!);
    await gap.syncUntil(
      'nothing waits',
      () => namesIn(gap.at('inbox')).every((name) => name.startsWith('.')),
      url,
    );
    const again = await gap.tutti(up);
    expect(again.code).toBe(0);
    expect(gap.state()).toMatchObject({ failures: 0, problem: null, pending: 0 });
  });

  it('ends an rsync that hangs, which its own timeout does not do in every state', async () => {
    gap = await openGap();
    const bin = join(gap.home, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'rsync'), '#!/bin/sh\nexec sleep 300\n', { mode: 0o755 });
    const path = { PATH: `${bin}:${process.env['PATH']}` };
    const end = await gap.tutti(['sync', gap.rig.shared, '--timeout', '1'], path);
    const problem = expect.stringContaining('nothing moved on the link for 3 s') as unknown;
    expect([end.code, end.stderr]).toEqual([75, problem]);
  });
});

const ip = (...args: readonly string[]): boolean => spawnSync('ip', [...args]).status === 0;

/** A name that no other run of the tests has. */
const NAMESPACE = `tutti-${process.pid}`;
const canNamespace = ((): boolean => {
  if (!hasRsync || !ip('netns', 'add', NAMESPACE)) return false;
  return ip('netns', 'del', NAMESPACE);
})();

describe.skipIf(!canNamespace)('across network namespaces (needs root, iproute2 and rsync)', () => {
  it('does no harm when the link goes down in the middle of a round', async () => {
    gap = await openGap();
    const [here, there] = [`th${process.pid}`, `tr${process.pid}`];
    const net = `10.213.${process.pid % 250}`;
    expect(ip('netns', 'add', NAMESPACE)).toBe(true);
    ends.push(() => ip('netns', 'del', NAMESPACE));
    ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there);
    ends.push(() => ip('link', 'del', here));
    ip('link', 'set', there, 'netns', NAMESPACE);
    ip('addr', 'add', `${net}.1/30`, 'dev', here);
    ip('link', 'set', here, 'up');
    const inside = ['ip', 'netns', 'exec', NAMESPACE];
    ip('-n', NAMESPACE, 'addr', 'add', `${net}.2/30`, 'dev', there);
    ip('-n', NAMESPACE, 'link', 'set', there, 'up');
    startDaemon(8730, `${net}.2`, inside);

    const url = `rsync://${net}.2:8730/tutti`;
    const sync = gap.start(['sync', url, '--watch', '--interval', '0.2', '--timeout', '1']);
    const later = (what: string, isSo: () => unknown) => eventually(what, isSo, LONG_MS);
    await later(
      'the first pull',
      () => existsSync(gap.at('sync/state.json')) && gap.state().pulled,
    );
    const batches: string[] = [];
    for (let cut = 0; cut < 2; cut++) {
      batches.push(await submit('gone'));
      ip('link', 'set', here, 'down');
      await later('it is noticed', () => gap.state().failures > 0);
      const { pulled } = gap.state();
      expect((await gap.tutti(['status'])).stdout).toContain('bad round');
      ip('link', 'set', here, 'up');
      await later('it goes on', () => gap.state().pulled!.up_ms > pulled!.up_ms);
    }
    await later('all is home', () => batches.every((batch) => isHome('gone', batch)));
    for (const batch of batches) expectComplete('gone', batch);
    await later('nothing waits', () => gap.state().pending === 0);
    sync.signal('SIGTERM');
    expect(await sync.ended).toBe(143);
  });
});
