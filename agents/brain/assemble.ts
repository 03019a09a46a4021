// Puts the brain together from the real ports: the directories, the lock, the epoch, and what follows
// from them. In this order: nothing is read before the lock is held and the epoch is ours.
import { detectSandbox } from '../executor/sandbox.ts';
import type { ExecutorSettings } from '../executor/request.ts';
import { realClock, realRandom, utc } from '../process/clock.ts';
import { openLog } from '../process/log.ts';
import type { Log } from '../process/log.ts';
import { loadPermissions } from '../process/permission-file.ts';
import { environment } from '../process/settings.ts';
import type { Settings } from '../process/settings.ts';
import type { Shutdown } from '../process/shutdown.ts';
import { bootId, realSpawner } from '../process/spawner.ts';
import type { Config } from '../protocol/config.ts';
import { BRAIN_AGENT } from '../protocol/ids.ts';
import { BELL_AGENTS, BELL_BRAIN, DIRECTORIES, STAGING } from '../protocol/layout.ts';
import { withCrashPoints } from '../store/crash-points.ts';
import { openDoorbell } from '../store/doorbell.ts';
import { openEpoch } from '../store/epoch.ts';
import { refuseGateway } from '../store/gateway.ts';
import { inspectMount } from '../store/mount.ts';
import { gatherSyncs } from '../store/gathered-sync.ts';
import { createDisk } from '../store/real-disk.ts';
import { createStore } from '../store/store.ts';
import { becomeBrain } from './become.ts';
import type { Brain } from './brain.ts';
import { wireBrain } from './wire.ts';

export interface Assembled {
  readonly brain: Brain;
  readonly close: () => Promise<void>;
}

/** @throws Fault SHARED_MISSING, SHARED_UNWRITABLE, SHARED_GATEWAY, BRAIN_RUNNING, PERMISSION_INVALID */
export async function assemble(
  settings: Settings,
  log: Log,
  shutdown: Shutdown,
): Promise<Assembled> {
  const { config, host } = settings;
  const mount = inspectMount(settings.sharedPath, 'write', settings.config.mount);
  const real = createDisk(mount.root, mount.isNetwork, gatherSyncs(realClock));
  const disk = withCrashPoints(real, settings.crash, BRAIN_AGENT);
  await refuseGateway(disk, 'a brain');
  for (const directory of DIRECTORIES) await disk.mkdir(directory);
  for (const bell of [BELL_BRAIN, BELL_AGENTS]) await disk.touch(bell);

  const tag = `${process.pid}-${realRandom.text(5)}`;
  const bootstrap = createStore(disk, config.durability === 'full', STAGING, tag);
  const executor = await executorOf(settings);
  const lease = await becomeBrain({
    store: bootstrap,
    host,
    leaseMs: config.brain.leaseMs,
    spawner: realSpawner,
    clock: realClock,
    log,
    isStopWanted: () => shutdown.level > 0,
  });
  const startTime = realSpawner.identify(process.pid)?.startTime ?? '';
  const holder = { host, pid: process.pid, start_time: startTime, boot_id: bootId };
  const { epoch, store } = await openEpoch(bootstrap, { ...holder, started_at: utc(realClock) });

  const { pollIntervalMs } = config.brain;
  const path = disk.absolute(BELL_BRAIN);
  const doorbell = openDoorbell([{ path, isNetwork: mount.isNetwork, pollIntervalMs }], realClock);
  shutdown.onRequest(() => doorbell.ring());
  const ports = { store, spawner: realSpawner, clock: realClock, doorbell, log, executor };
  const brain = wireBrain(
    { ...ports, stopLevel: () => shutdown.level },
    { epoch, isNetwork: mount.isNetwork, ...holder },
    config,
    environment(),
  );
  return {
    brain,
    async close() {
      await doorbell.close();
      await lease.release();
    },
  };
}

async function executorOf({ config, permissionPaths }: Settings): Promise<ExecutorSettings> {
  return {
    permissions: loadPermissions(permissionPaths.brain),
    sandbox: await detectSandbox(config.sandbox),
    host: environment(),
    log: openLog('executor', config.log.executor),
    ...limitsOf(config),
  };
}

const limitsOf = ({ agent, task, log }: Config) => ({
  workerLogLevel: log.worker,
  abortGraceMs: agent.abortGraceMs,
  logBytesMax: task.logBytesMax,
  visibilityDelayMs: agent.visibilityDelayMs,
});
