// The same loops on a disk that refuses, lies or hangs: a Disk between them and the real one, and workers
// that are real processes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentIdentity } from '../../agents/gpu/agent.ts';
import { NO_MODELS } from '../../agents/gpu/models.ts';
import { runAgent } from '../../agents/gpu/run-agent.ts';
import { realClock } from '../../agents/process/clock.ts';
import { realSpawner } from '../../agents/process/spawner.ts';
import { configSchema } from '../../agents/protocol/config.ts';
import type { Disk } from '../../agents/store/disk.ts';
import { openDoorbell } from '../../agents/store/doorbell.ts';
import { createDisk } from '../../agents/store/real-disk.ts';
import { createStore } from '../../agents/store/store.ts';
import { baseSettings } from '../executor/rig.ts';
import { eventually } from '../helpers/eventually.ts';
import { NAME, PLAN, Stage } from './stage.ts';

const WAITING = 'while [ ! -e go ]; do sleep 0.05; done';
const config = configSchema.parse({
  agent: {
    heartbeatIntervalMs: 200,
    internalIntervalMs: 200,
    pollIntervalMs: 100,
    idlePollIntervalMs: 100,
    leaseMs: 2000,
    abortGraceMs: 300,
  },
});

/** The errno that a call is to fail with, before or after it is done; null to let it pass. */
type Fault = (call: string, path: string) => string | null;
const pass: Fault = () => null;

let stage: Stage;
let before: Fault;
let after: Fault;
let calls: [string, string][];
let stop: () => Promise<number>;

const failure = (code: string): Error => Object.assign(new Error(code), { code });

function faulty(disk: Disk): Disk {
  return new Proxy(disk, {
    get(target, call: keyof Disk) {
      const real = target[call] as (...args: unknown[]) => unknown;
      if (call === 'absolute') return real;
      return async (...args: unknown[]) => {
        const path = String(call === 'rename' || call === 'link' ? args[1] : args[0]);
        calls.push([call, path]);
        const early = before(call, path);
        if (early !== null) throw failure(early);
        const answer = await real.apply(target, args);
        const late = after(call, path);
        if (late !== null) throw failure(late);
        return answer;
      };
    },
  });
}

function start(): void {
  const me: AgentIdentity = {
    name: NAME,
    kind: 'cpu',
    isSimulated: false,
    slots: 2,
    cudaDevices: '',
    host: 'here',
    process: realSpawner.identify(process.pid)!,
    incarnation: 'one',
    isNetwork: true,
    home: '/',
  };
  const disk = faulty(createDisk(stage.shared, false));
  const doorbell = openDoorbell([], realClock);
  const listeners: (() => void)[] = [];
  let level = 0;
  const shutdown = {
    get level() {
      return level;
    },
    request(wanted: 1 | 2) {
      level = wanted;
      for (const listener of listeners) listener();
    },
    onRequest: (listener: () => void) => void listeners.push(listener),
  };
  const log = { ...baseSettings.log, error: () => undefined };
  const ports = {
    store: createStore(disk, false, `cpus/${NAME}/tmp`, 'one'),
    clock: realClock,
    spawner: realSpawner,
    doorbell,
    probe: null,
    models: NO_MODELS,
    executor: baseSettings,
    shutdown,
    log: log as unknown as Parameters<typeof runAgent>[0]['log'],
  };
  const running = runAgent(ports, me, config);
  stop = () => {
    shutdown.request(2);
    return running;
  };
}

beforeEach(() => {
  stage = new Stage();
  [before, after, calls] = [pass, pass, []];
  start();
});
afterEach(async () => {
  [before, after] = [pass, pass];
  const code = await stop();
  if (code !== 0) throw new Error(`the agent ended with ${code}`);
  await stage.close();
});

const letGo = (): void => stage.write(`plans/${PLAN}/batches/${stage.batch}/go`, '');
const beating = async (): Promise<void> =>
  void (await eventually('a heartbeat', () =>
    stage.list(`cpus/${NAME}`).includes('heartbeat.json'),
  ));

describe('a disk that refuses', () => {
  it.each(['ENOSPC', 'EIO', 'EDQUOT'])(
    'a record with %s: it waits, takes nothing new, and loses nothing',
    async (code) => {
      await beating();
      before = (call, path) => (call === 'rename' && path.includes('/attempts/') ? code : null);
      stage.release('one', 'echo \'{"n":1}\'');
      await eventually('a try', () => calls.some(([, path]) => path.includes('/attempts/one')));
      stage.release('two', 'true');
      const trouble = `the disk refuses to take a result: the commit: ${code}`;
      await eventually('the reason', () => stage.heartbeat().why_not_claimed.cpu === trouble);
      expect(stage.final('one')).toBeNull();
      expect(stage.list('tasks/queue')).toHaveLength(1);
      before = pass;
      for (const task of ['one', 'two']) expect(await stage.finished(task)).toContain('complete/');
      expect(stage.record('one').result).toEqual({ n: 1 });
    },
  );

  it('the commit itself: the record is there, and the rename is tried again', async () => {
    before = (call, path) =>
      call === 'rename' && path.startsWith('tasks/complete/') ? 'EIO' : null;
    stage.release('one', 'true');
    await eventually(
      'tries',
      () => calls.filter(([, path]) => path.startsWith('tasks/complete/')).length > 2,
    );
    before = pass;
    expect(await stage.finished('one')).toContain('complete/');
  });

  it('every heartbeat: it fences itself, ends its work, and goes on when the disk is back', async () => {
    await beating();
    stage.release('one', WAITING);
    await stage.running('one');
    before = (_, path) => (path.includes('heartbeat') || path.includes('/tmp/') ? 'ENOSPC' : null);
    await eventually('the worker is dead', () => stage.survivors().length === 0);
    stage.release('two', 'true');
    expect(stage.final('one')).toBeNull();
    before = pass;
    expect(await stage.finished('one')).toBe('failed/one.a1f0l0n0.returned.json');
    expect(await stage.finished('two')).toContain('complete/');
    await eventually('running again', () => stage.heartbeat().state === 'running');
  });

  it('a record, and a quick stop: it leaves, and the claim waits for the next life', async () => {
    await beating();
    before = (call, path) => (call === 'rename' && path.includes('/attempts/') ? 'ENOSPC' : null);
    stage.release('one', 'true');
    await eventually('a try', () => calls.some(([, path]) => path.includes('/attempts/one')));
    expect(await stop()).toBe(0);
    expect(stage.list('tasks/processing')).toHaveLength(1);
    before = pass;
    await stage.startUp();
    expect(await stage.finished('one')).toBe('complete/one.a1f0l0n0.json');
  });

  it('every listing: it keeps its work and looks again', async () => {
    await beating();
    before = (call) => (call === 'list' ? 'ESTALE' : null);
    stage.release('one', 'true');
    await eventually('tries', () => calls.filter(([call]) => call === 'list').length > 10);
    before = pass;
    expect(await stage.finished('one')).toContain('complete/');
  });
});

describe('a disk that lies', () => {
  it('about a claim: what it did get it finds again', async () => {
    await beating();
    let lies = 1;
    after = (call, path) =>
      call === 'rename' && path.includes('processing') && lies-- > 0 ? 'EIO' : null;
    stage.release('one', 'true');
    expect(await stage.finished('one')).toBe('complete/one.a1f0l0n0.json');
  });

  it('about a commit: a success that reports a failure is a success', async () => {
    after = (call, path) =>
      call === 'rename' && path.startsWith('tasks/complete/') ? 'EIO' : null;
    stage.release('one', 'true');
    await stage.finished('one');
    await eventually('done', () => stage.heartbeat().tasks_done === 1);
    expect(stage.record('one').outcome).toBe('complete');
  });
});

describe('an idle agent', () => {
  it('hardly touches the disk, and tells its state all the same', async () => {
    await beating();
    const { seq } = stage.heartbeat();
    const from = calls.length;
    const startedMs = performance.now();
    await eventually('ten heartbeats', () => stage.heartbeat().seq >= seq + 10);
    const looks = (performance.now() - startedMs) / 1000;
    // Per second: 10 polls of queue and signals, 5 heartbeats of 3 calls with their external cycle of 3.
    expect((calls.length - from) / looks).toBeLessThan(2 * 10 + 6 * 6);
    letGo();
  });
});
