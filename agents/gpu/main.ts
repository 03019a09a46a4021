// `main.js --name <agent>`: one process per card, or for a share of the CPU. Only wiring: settings,
// mount, the real ports, and the exit code.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeSandbox, detectSandbox } from '../executor/sandbox.ts';
import type { RuntimePorts } from '../models/driver.ts';
import { openRuntime } from '../models/open-runtime.ts';
import { realClock, realRandom } from '../process/clock.ts';
import { declaredMib } from '../process/declared-vram.ts';
import { openLog } from '../process/log.ts';
import type { Log } from '../process/log.ts';
import { loadPermissions } from '../process/permission-file.ts';
import { environment, loadSettings } from '../process/settings.ts';
import type { Settings } from '../process/settings.ts';
import { EXIT, openShutdown } from '../process/shutdown.ts';
import { realSpawner } from '../process/spawner.ts';
import type { AgentConfig, Config } from '../protocol/config.ts';
import { Fault, renderFault } from '../protocol/fault.ts';
import type { ErrorCode } from '../protocol/fault.ts';
import { agentPath, BELL_AGENTS, DIRECTORIES } from '../protocol/layout.ts';
import { withCrashPoints } from '../store/crash-points.ts';
import type { Disk } from '../store/disk.ts';
import { openDoorbell } from '../store/doorbell.ts';
import { asFullDisk } from '../store/full-disk.ts';
import { refuseGateway } from '../store/gateway.ts';
import { inspectMount } from '../store/mount.ts';
import { gatherSyncs } from '../store/gathered-sync.ts';
import { createDisk } from '../store/real-disk.ts';
import { createStore } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import type { AgentIdentity } from './agent.ts';
import { readDefinition } from './definition.ts';
import { openModels } from './models.ts';
import { openProbe } from './probe.ts';
import type { Probe } from './probe.ts';
import { specsFor } from './roster-specs.ts';
import { runAgent } from './run-agent.ts';
import { openSimulated, simulatedUuid } from './simulated.ts';

const INCARNATION_LENGTH = 10;

const FLAGS = {
  name: { type: 'string' },
  config: { type: 'string' },
  shared: { type: 'string' },
  kind: { type: 'string' },
  uuid: { type: 'string' },
  slots: { type: 'string' },
  'vram-mib': { type: 'string' },
} as const;

/** What a launch must not try again: the arguments, the configuration, a second agent of the name. */
function exitCodeOf({ code }: Fault): number {
  const usage: ErrorCode[] = ['ARGUMENT_INVALID', 'AGENT_UNKNOWN'];
  if (usage.includes(code)) return EXIT.usage;
  if (code === 'DISK_FULL') return EXIT.notNow;
  return code === 'AGENT_RUNNING' ? EXIT.locked : EXIT.config;
}

function openCard(settings: Settings, agent: AgentConfig, log: Log): Probe | null {
  const {
    smiIntervalMs: intervalMs,
    smiTimeoutMs: timeoutMs,
    smiBackoffMsMax: backoffMsMax,
  } = settings.config.agent;
  switch (agent.kind) {
    case 'cpu':
      return null;
    case 'simulated':
      return openSimulated(agent, realClock, declaredMib);
    case 'gpu':
      return openProbe({ uuid: agent.uuid!, intervalMs, timeoutMs, backoffMsMax }, realClock, log);
  }
}

function identityOf(settings: Settings, agent: AgentConfig, isNetwork: boolean): AgentIdentity {
  const own = realSpawner.identify(process.pid);
  if (own === null) throw new Error('this process does not see itself in /proc');
  const isCpu = agent.kind === 'cpu';
  const card = agent.kind === 'simulated' ? simulatedUuid(agent.name) : (agent.uuid ?? '');
  return {
    name: agent.name,
    kind: isCpu ? 'cpu' : 'gpu',
    isSimulated: agent.kind === 'simulated',
    slots: agent.slots ?? (isCpu ? availableParallelism() : null),
    cudaDevices: isCpu ? '' : card,
    host: settings.host,
    process: own,
    incarnation: realRandom.text(INCARNATION_LENGTH),
    isNetwork,
    home: settings.home,
  };
}

function runtimePorts(
  store: Store,
  { runtime }: Config,
  { kind, name, process: owner }: AgentIdentity,
  log: Log,
  lockName: string,
): RuntimePorts {
  return {
    store,
    clock: realClock,
    random: realRandom,
    spawner: realSpawner,
    env: environment(),
    log,
    agent: { kind, name },
    owner,
    embeddedEntry: fileURLToPath(new URL('../models/embedded/main.js', import.meta.url)),
    lockName,
    limits: runtime,
  };
}

async function prepareShared(disk: Disk): Promise<void> {
  await refuseGateway(disk, 'an agent');
  for (const directory of DIRECTORIES) await disk.mkdir(directory);
  await disk.touch(BELL_AGENTS);
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: FLAGS });
  const home = fileURLToPath(new URL('../../..', import.meta.url));
  const settings = loadSettings(values, home);
  const { config } = settings;
  const agent = readDefinition(config, values);
  const log = openLog(agent.name, config.log.gpu);
  const shutdown = openShutdown();
  const mount = inspectMount(settings.sharedPath, 'write', settings.config.mount);
  const real = createDisk(mount.root, mount.isNetwork, gatherSyncs(realClock));
  const disk = withCrashPoints(real, settings.crash, agent.name);
  await prepareShared(disk);
  const me = identityOf(settings, agent, mount.isNetwork);
  const sandbox = await detectSandbox(config.sandbox);
  log.info({ shared: mount.root, type: mount.type, sandbox: describeSandbox(sandbox) }, 'start');

  const staging = `${agentPath(me.kind, me.name)}/tmp`;
  const { pollIntervalMs, abortGraceMs, visibilityDelayMs } = config.agent;
  const bell = { path: disk.absolute(BELL_AGENTS), isNetwork: mount.isNetwork, pollIntervalMs };
  const doorbell = openDoorbell([bell], realClock);
  const probe = openCard(settings, agent, log);
  const store = createStore(disk, config.durability === 'full', staging, me.incarnation);
  const ports = {
    store,
    clock: realClock,
    spawner: realSpawner,
    doorbell,
    probe,
    models: openModels(specsFor(config, settings.home, me), (card) =>
      openRuntime(runtimePorts(store, config, me, log, mount.root), card),
    ),
    shutdown,
    log,
    executor: {
      permissions: loadPermissions(settings.permissionPaths.worker),
      sandbox,
      host: environment(),
      workerLogLevel: config.log.worker,
      abortGraceMs,
      visibilityDelayMs,
      logBytesMax: config.task.logBytesMax,
      prompts: {
        worker: [process.execPath, fileURLToPath(new URL('../worker/main.js', import.meta.url))],
        programs: [process.execPath, home],
        tries: config.task.replyTriesMax,
        silenceMsMax: config.task.replySilenceMsMax,
        inputBytesMax: config.task.promptBytesMax,
        samples: config.samples,
        excerptBytesMax: config.task.excerptBytesMax,
      },
      log: openLog('executor', config.log.executor),
    },
  };
  try {
    return await runAgent(ports, me, config);
  } finally {
    await Promise.all([doorbell.close(), probe?.close()]);
  }
}

/** Whatever happens, workers are left alone: the next life of this agent takes them over. */
async function run(): Promise<number> {
  try {
    return await main();
  } catch (thrown) {
    const error = asFullDisk(thrown) ?? thrown;
    const isUsage = error instanceof TypeError && 'code' in error;
    const text =
      error instanceof Fault
        ? renderFault(error)
        : isUsage
          ? error.message
          : String((error as Error).stack ?? error);
    process.stderr.write(`${text}\n`);
    if (error instanceof Fault) return exitCodeOf(error);
    return isUsage ? EXIT.usage : EXIT.internal;
  }
}

process.exit(await run());
