// From the command line to a supervision: flags, settings, cards, and the exit code of a refusal.
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { Fault, renderFault } from '../protocol/fault.ts';
import { INBOX_STAGING } from '../store/inbox.ts';
import { realClock, realRandom } from '../process/clock.ts';
import { agentsOf, explainCards, scanRig } from '../process/rig.ts';
import { loadSettings, programEnvironment } from '../process/settings.ts';
import type { Settings } from '../process/settings.ts';
import { EXIT, openShutdown } from '../process/shutdown.ts';
import { realSpawner } from '../process/spawner.ts';
import { withCrashPoints } from '../store/crash-points.ts';
import { refuseGateway } from '../store/gateway.ts';
import { inspectMount } from '../store/mount.ts';
import { createDisk } from '../store/real-disk.ts';
import { createStore } from '../store/store.ts';
import { chargesOf } from './charges.ts';
import type { Charge, Selection } from './charges.ts';
import { supervise } from './supervise.ts';
import type { WardTools } from './ward.ts';

/** The programs to start. */
export interface Entries {
  readonly brain: string;
  readonly agent: string;
}

/** Answers the exit code; refusals are printed. */
export async function startLaunch(argv: readonly string[], entries: Entries): Promise<number> {
  // Whoever read our lines may be gone; that is no reason to leave the agents alone.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const shutdown = openShutdown();
  try {
    const flags = readFlags(argv);
    const here = dirname(dirname(import.meta.dirname));
    const projectRoot = basename(here) === 'dist' ? dirname(here) : here;
    const settings = loadSettings(flags, projectRoot);
    const mount = inspectMount(settings.sharedPath, 'write', settings.config.mount);
    const charges = await findCharges(settings, flags.selection);
    const tag = `launch-${process.pid}-${realRandom.text(8)}`;
    const real = createDisk(mount.root, mount.isNetwork);
    const disk = withCrashPoints(real, settings.crash, 'launch');
    await refuseGateway(disk, 'tutti up');
    return await supervise({
      settings,
      store: createStore(disk, false, INBOX_STAGING, tag),
      charges,
      commandOf: commandsOf(settings, mount.root, entries),
      spawner: realSpawner,
      clock: realClock,
      shutdown,
      say,
    });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    process.stderr.write(`${renderFault(error)}\n`);
    return exitCodeOf(error);
  }
}

interface Flags {
  readonly config: string | undefined;
  readonly shared: string | undefined;
  readonly selection: Selection;
}

/** @throws Fault ARGUMENT_INVALID */
function readFlags(argv: readonly string[]): Flags {
  const options = {
    config: { type: 'string' },
    shared: { type: 'string' },
    'brain-only': { type: 'boolean', default: false },
    'no-brain': { type: 'boolean', default: false },
    agents: { type: 'string' },
  } as const;
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];
  try {
    values = parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new Fault('ARGUMENT_INVALID', {
      argument: 'launch',
      problem: (error as Error).message,
    });
  }
  const { config, shared, agents } = values;
  const isBrainOnly = values['brain-only'];
  if (isBrainOnly && (agents !== undefined || values['no-brain'])) {
    const problem = 'leaves no room for --agents or --no-brain';
    throw new Fault('ARGUMENT_INVALID', { argument: '--brain-only', problem });
  }
  const names = agents?.split(',').map((name) => name.trim());
  const selection: Selection = {
    isBrainWanted: !values['no-brain'],
    agents: isBrainOnly ? [] : (names?.filter((name) => name !== '') ?? null),
  };
  return { config, shared, selection };
}

async function findCharges({ config }: Settings, selection: Selection): Promise<Charge[]> {
  if (config.agents !== 'auto') return chargesOf(config.agents, false, selection);
  const rig = await scanRig(config.agent.smiTimeoutMs);
  const note = explainCards(rig.cards);
  if (note !== null) say('cards', note);
  return chargesOf(agentsOf(rig), true, selection);
}

function commandsOf(
  settings: Settings,
  sharedRoot: string,
  entries: Entries,
): WardTools['commandOf'] {
  const { configPath, home } = settings;
  const common = [...(configPath === null ? [] : ['--config', configPath]), '--shared', sharedRoot];
  return ({ kind, args }) => ({
    file: process.execPath,
    args: [kind === 'brain' ? entries.brain : entries.agent, ...args, ...common],
    env: programEnvironment(),
    cwd: home,
  });
}

/** `02:14:55Z gpu-1     started, pid 123` */
function say(name: string, text: string): void {
  const time = `${realClock.wall().toISOString().slice(11, 19)}Z`;
  process.stdout.write(`${time} ${name.padEnd(9)} ${text}\n`);
}

function exitCodeOf({ code }: Fault): number {
  if (code === 'LAUNCH_RUNNING') return EXIT.locked;
  return code.startsWith('CONFIG_') || code.startsWith('SHARED_') ? EXIT.config : EXIT.usage;
}
