// `tutti up`: the brain and the agents of this host, in front of the person or in the background.
import type { Command } from 'commander';
import type { Context, Shared } from '../context.ts';

interface Options {
  readonly brainOnly?: true;
  readonly brain: boolean;
  readonly agents?: string;
  readonly detach?: true;
  readonly json?: true;
}

/** A first heartbeat over a slow mount takes seconds; more means that something is wrong. */
const ALIVE_TIMEOUT_MS = 30_000;

export const examples = [
  'tutti up',
  'tutti up --detach',
  'tutti up --no-brain --agents gpu-1,gpu-2',
] as const;

export function configure(command: Command, context: Context): void {
  command
    .option('--brain-only', 'the brain and no agents')
    .option('--no-brain', 'agents only: the brain runs on another host')
    .option('--agents <names>', 'only these of the configured agents, separated by commas')
    .option('--detach', 'in the background; returns when everything is alive')
    .option('--json', 'with --detach: print what is up as JSON')
    .action((options: Options) => run(options, context));
}

async function run(options: Options, context: Context): Promise<void> {
  const shared = await context.open('write');
  const { launchEntry, launchFlags, readLiveLaunch } = await import('../rig/launching.ts');
  const { Fault } = await import('../../agents/protocol/fault.ts');
  const { settings, store, mount } = shared;
  const running = await readLiveLaunch(store, settings.host);
  if (running !== null) {
    throw new Fault('LAUNCH_RUNNING', { path: mount.root, pid: running.pid });
  }
  const { refuseUnfit } = await import('../models/unfit.ts');
  await refuseUnfit(settings, store);
  const flags = [
    ...(options.brainOnly === true ? ['--brain-only'] : []),
    ...(options.brain ? [] : ['--no-brain']),
    ...(options.agents === undefined ? [] : ['--agents', options.agents]),
  ];
  if (options.detach === true) return detach(context, shared, flags, options.json === true);
  const { runProgram } = await import('../../agents/process/program.ts');
  context.output.note(`tutti is starting for ${mount.root}; Ctrl-C stops it`);
  context.exit(await runProgram(launchEntry(context), [...launchFlags(settings), ...flags]));
}

async function detach(
  context: Context,
  shared: Shared,
  flags: readonly string[],
  isJson: boolean,
): Promise<void> {
  const { startLaunchBehind, waitForArrivals } = await import('../rig/launching.ts');
  const { EXIT } = await import('../../agents/process/shutdown.ts');
  const { launchOutputPath } = await import('../../agents/protocol/launch.ts');
  const { output } = context;
  const { settings, store, mount } = shared;
  const { program, readOutput } = await startLaunchBehind(context, shared, flags);
  const arrivals = await waitForArrivals(store, settings.host, program.pid, ALIVE_TIMEOUT_MS);
  if (arrivals === null) {
    output.note(await readOutput());
    const { code } = await program.exited;
    return context.exit(code ?? EXIT.failed);
  }
  program.release();
  const isUp = arrivals.every(({ is }) => is === 'alive');
  context.exit(isUp ? EXIT.ok : EXIT.failed);
  if (isJson) {
    const processes = arrivals.map(({ is, process }) => ({ is, ...process }));
    const record = { schema: 'tutti.up/1', shared: mount.root, pid: program.pid, processes };
    return output.json(record);
  }
  for (const { name, is, process } of arrivals) {
    const text = is === 'late' ? `no sign of life yet: ${process.note}` : process.note;
    output.line(`${name.padEnd(9)} ${is === 'alive' ? `alive, pid ${process.pid}` : text}`);
  }
  output.line(`Its lines go to ${mount.root}/${launchOutputPath(settings.host)}`);
  output.line('Stop it with `tutti stop --all`');
}
