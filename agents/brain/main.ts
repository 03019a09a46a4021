// The brain process: wiring. Usage: main.js [--config FILE] [--shared DIR]
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { detectSandbox } from '../executor/sandbox.ts';
import { parsePermissions } from '../protocol/permission.ts';
import { realClock, realRandom, utc } from '../process/clock.ts';
import { openLog } from '../process/log.ts';
import { environment, loadSettings } from '../process/settings.ts';
import type { Settings } from '../process/settings.ts';
import { EXIT, openShutdown } from '../process/shutdown.ts';
import { bootId, realSpawner } from '../process/spawner.ts';
import { Fault, renderFault } from '../protocol/fault.ts';
import { BELL_AGENTS, BELL_BRAIN, DIRECTORIES, STAGING } from '../protocol/layout.ts';
import { openDoorbell } from '../store/doorbell.ts';
import { openEpoch } from '../store/epoch.ts';
import type { Lease } from '../store/lease.ts';
import { inspectMount } from '../store/mount.ts';
import { createDisk } from '../store/real-disk.ts';
import { createStore } from '../store/store.ts';
import { openAging } from './agents.ts';
import type { Effects } from './apply.ts';
import { openDecisionLog } from './decision-log.ts';
import { becomeBrain } from './become.ts';
import { loadWorld } from './load.ts';
import { runBrain, Superseded } from './loop.ts';
import type { Brain } from './loop.ts';
import type { World } from './model.ts';
import { openOwnTasks } from './own-tasks.ts';

const projectRoot = fileURLToPath(new URL('../../..', import.meta.url));

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { config: { type: 'string' }, shared: { type: 'string' } } });
  const settings = loadSettings(values, projectRoot);
  const { config, host } = settings;
  const log = openLog('brain', config.log.brain);
  const shutdown = openShutdown();
  const mount = inspectMount(settings.sharedPath, 'write');
  const disk = createDisk(mount.root, mount.isNetwork);
  for (const directory of DIRECTORIES) await disk.mkdir(directory);
  for (const bell of [BELL_BRAIN, BELL_AGENTS]) await disk.touch(bell);

  const tag = `${process.pid}-${realRandom.text(5)}`;
  const bootstrap = createStore(disk, config.durability === 'full', STAGING, tag);
  const identity = realSpawner.identify(process.pid);
  const holder = { host, pid: process.pid, start_time: identity?.startTime ?? '', boot_id: bootId };
  const doorbell = openDoorbell(
    [
      {
        path: disk.absolute(BELL_BRAIN),
        isNetwork: mount.isNetwork,
        pollIntervalMs: config.brain.pollIntervalMs,
      },
    ],
    realClock,
  );
  shutdown.onRequest(() => doorbell.ring());
  let lease: Lease | null = null;
  try {
    lease = await becomeBrain(bootstrap, mount.root, config.brain.leaseMs, realSpawner, host, () => {
      log.error('the lock of the brain was taken over');
      shutdown.request(2);
    });
    const { epoch, store } = await openEpoch(bootstrap, { ...holder, started_at: utc(realClock) });
    const executorLog = openLog('executor', config.log.executor);
    const own = openOwnTasks({
      store,
      spawner: realSpawner,
      clock: realClock,
      log,
      host,
      timeoutS: config.task.timeoutS,
      ring: () => doorbell.ring(),
      executor: {
        permissions: readPermissions(settings),
        sandbox: await detectSandbox(config.sandbox),
        host: environment(),
        workerLogLevel: config.log.worker,
        abortGraceMs: config.agent.abortGraceMs,
        logBytesMax: config.task.logBytesMax,
        visibilityDelayMs: config.agent.visibilityDelayMs,
        log: executorLog,
      },
    });
    const world: World = {
      batches: new Map(),
      agents: new Map(),
      unknownSinceMs: new Map(),
      escalations: new Map(),
      quarantined: new Map(),
      vanished: new Set(),
      aborted: new Set(),
      sequence: 0,
    };
    const effects: Effects = {
      store,
      clock: realClock,
      log,
      policy: { config },
      host,
      own,
      spawner: realSpawner,
      environment: environment(),
      seeds: new Map(),
      ring: () => doorbell.ring(),
    };
    const brain: Brain = {
      effects,
      world,
      epoch,
      aging: openAging(config.agent.leaseMs),
      decisionLog: openDecisionLog(disk, config.log),
      doorbell,
      head: { epoch, ...holder, interval_ms: Math.max(config.brain.stateIntervalMs, config.brain.pollIntervalMs) },
      stopLevel: () => shutdown.level,
      heartbeatsReadMs: Number.NEGATIVE_INFINITY,
      pictureMs: Number.NEGATIVE_INFINITY,
      pictureSeq: 0,
    };
    await loadWorld(effects, world);
    log.info({ epoch, batches: world.batches.size, mount: mount.type }, 'the brain is up');
    await runBrain(brain);
    log.info('the brain has stopped');
    return EXIT.ok;
  } finally {
    await doorbell.close();
    await lease?.release();
  }
}

function readPermissions({ config, home }: Settings) {
  const named = resolve(home, config.permissions.brain);
  return parsePermissions(readFileSync(named, 'utf8'), named);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof Superseded) return EXIT.superseded;
  if (!(error instanceof Fault)) return EXIT.internal;
  return error.code === 'BRAIN_RUNNING' ? EXIT.locked : EXIT.config;
}

try {
  process.exitCode = await main();
} catch (error) {
  const log = openLog('brain', 'info');
  if (error instanceof Fault) log.error(renderFault(error));
  else log.error({ err: error }, 'the brain ends');
  process.exitCode = exitCodeOf(error);
}
// A timer or watcher that was left behind must not keep a stopped brain alive.
process.exit();
