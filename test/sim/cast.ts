// The processes of a run: the real brain and the real agents, each given the four ports of the simulation,
// and put together like agents/brain/assemble.ts and agents/gpu/main.ts do.
import { loadWorld } from '../../agents/brain/load.ts';
import { runBrain } from '../../agents/brain/loop.ts';
import { wireBrain } from '../../agents/brain/wire.ts';
import type { ExecutorSettings } from '../../agents/executor/request.ts';
import { NO_MODELS } from '../../agents/gpu/models.ts';
import { runAgent } from '../../agents/gpu/run-agent.ts';
import { openSimulated, simulatedUuid } from '../../agents/gpu/simulated.ts';
import { utc } from '../../agents/process/clock.ts';
import type { Log } from '../../agents/process/log.ts';
import type { Shutdown } from '../../agents/process/shutdown.ts';
import type { AgentConfig, Config } from '../../agents/protocol/config.ts';
import {
  agentPath,
  BELL_AGENTS,
  BELL_BRAIN,
  DIRECTORIES,
  STAGING,
} from '../../agents/protocol/layout.ts';
import type { Disk } from '../../agents/store/disk.ts';
import { openDoorbell } from '../../agents/store/doorbell.ts';
import type { Doorbell } from '../../agents/store/doorbell.ts';
import { openEpoch } from '../../agents/store/epoch.ts';
import { createStore } from '../../agents/store/store.ts';
import type { Dice } from './dice.ts';
import type { Host } from './host.ts';
import type { Life } from './life.ts';
import { scriptModels } from './scripted-models.ts';
import { THINK } from './thoughts.ts';

/** Everything one life of a process gets. */
export interface Stage {
  readonly life: Life;
  readonly host: Host;
  readonly disk: Disk;
  readonly dice: Dice;
  readonly config: Config;
  readonly log: Log;
  readonly shutdown: Shutdown;
  /** Rings `bell` whenever somebody touches the file. */
  readonly listen: (path: string, bell: Doorbell) => void;
}

export function openStop(): Shutdown {
  let level = 0;
  const listeners: (() => void)[] = [];
  return {
    get level() {
      return level;
    },
    request(wanted) {
      level = Math.max(level, wanted);
      for (const listener of listeners) listener();
    },
    onRequest: (listener) => void listeners.push(listener),
  };
}

const executorOf = ({ config, log }: Stage): ExecutorSettings => ({
  permissions: {
    v: 1,
    read: ['/'],
    write: ['{BATCH_PATH}', '{TMP}'],
    commands: { allow: [], deny: [] },
    network: true,
    limits: {},
  },
  sandbox: { kind: 'none', reason: 'there is nothing to isolate' },
  host: { PATH: '/bin' },
  workerLogLevel: 'info',
  abortGraceMs: config.agent.abortGraceMs,
  logBytesMax: config.task.logBytesMax,
  visibilityDelayMs: config.agent.visibilityDelayMs,
  prompts: {
    worker: [THINK],
    programs: [],
    tries: 1,
    silenceMsMax: config.task.replySilenceMsMax,
    inputBytesMax: config.task.promptBytesMax,
    excerptBytesMax: config.task.excerptBytesMax,
    samples: { ...config.samples, isKept: false },
  },
  log,
});

async function prepare({ disk }: Stage): Promise<void> {
  for (const directory of DIRECTORIES) await disk.mkdir(directory);
  for (const bell of [BELL_BRAIN, BELL_AGENTS]) await disk.touch(bell);
}

export async function playBrain(stage: Stage): Promise<void> {
  const { life, host, disk, dice, config, log, shutdown } = stage;
  const { clock } = life;
  await prepare(stage);
  const bootstrap = createStore(disk, config.durability === 'full', STAGING, dice.text(8));
  const { pid, startTime, bootId } = host.enrol(life);
  const holder = { host: host.name, pid, start_time: startTime, boot_id: bootId };
  const { epoch, store } = await openEpoch(bootstrap, { ...holder, started_at: utc(clock) });
  const doorbell = openDoorbell([], clock);
  stage.listen(BELL_BRAIN, doorbell);
  shutdown.onRequest(() => doorbell.ring());
  const brain = wireBrain(
    {
      store,
      spawner: host.spawnerFor(life),
      clock,
      doorbell,
      log,
      executor: executorOf(stage),
      stopLevel: () => shutdown.level,
    },
    { epoch, isNetwork: false, ...holder },
    config,
    {},
  );
  await loadWorld(brain.effects, brain.world);
  await runBrain(brain);
}

export async function playAgent(stage: Stage, definition: AgentConfig): Promise<void> {
  const { life, host, disk, dice, config, log, shutdown } = stage;
  const { clock } = life;
  await prepare(stage);
  const { name } = definition;
  const isCpu = definition.kind === 'cpu';
  const kind = isCpu ? 'cpu' : 'gpu';
  const incarnation = dice.text(10);
  const doorbell = openDoorbell([], clock);
  stage.listen(BELL_AGENTS, doorbell);
  const staging = `${agentPath(kind, name)}/tmp`;
  await runAgent(
    {
      store: createStore(disk, config.durability === 'full', staging, incarnation),
      clock,
      spawner: host.spawnerFor(life),
      doorbell,
      probe: isCpu ? null : openSimulated(definition, clock),
      models: isCpu ? NO_MODELS : scriptModels(name, config, host.servers, clock, dice),
      shutdown,
      log,
      executor: executorOf(stage),
    },
    {
      name,
      kind,
      isSimulated: !isCpu,
      slots: definition.slots ?? null,
      cudaDevices: isCpu ? '' : simulatedUuid(name),
      host: host.name,
      process: host.enrol(life),
      incarnation,
      isNetwork: false,
      home: '/',
    },
    config,
  );
}
