// tutti sync
import { EXIT } from '../../agents/process/shutdown.ts';
import { seconds } from '../arguments.ts';
import type { CommandModule, Context } from '../context.ts';

export const examples: CommandModule['examples'] = [
  'tutti sync --watch',
  'tutti sync rig.lan:/srv/tutti/shared',
  'tutti sync rsync://10.0.0.7/tutti --timeout 10 --json',
];

interface Options {
  readonly watch?: true;
  readonly interval?: number;
  readonly timeout?: number;
  readonly rsh?: string;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .argument(
      '[rig]',
      'a path, host:path or rsync://host/module (default: sync.rig of config.json)',
    )
    .option('--watch', 'go on until Ctrl-C, and start a round at every submission')
    .option('--interval <seconds>', 'from one round to the next (sync.intervalMs)', seconds)
    .option(
      '--timeout <seconds>',
      'give up on a silent link after so long (sync.timeoutS)',
      seconds,
    )
    .option('--rsh <command>', 'remote shell for host:path (sync.rsh)')
    .option('--json', 'print the record tutti.sync/1, one per round')
    .action((rig: string | undefined, options: Options) => sync(context, rig, options));
};

async function sync(context: Context, named: string | undefined, options: Options): Promise<void> {
  const { Fault } = await import('../../agents/protocol/fault.ts');
  const { resolveRig } = await import('../sync/rsync.ts');
  const { makeSure, openRounds, playRound, syncAndWatch } = await import('../sync/syncing.ts');
  const shared = await context.open('write');
  const { settings, mount } = shared;
  const { sync: config } = settings.config;
  const text = named ?? config.rig;
  if (text === undefined) throw new Fault('SYNC_UNCONFIGURED', {});
  const link = {
    disk: shared.store.disk,
    rig: resolveRig(text, named === undefined ? settings.home : process.cwd(), mount.root),
    rsh: options.rsh ?? config.rsh,
    timeoutS: Math.max(1, Math.round(options.timeout ?? config.timeoutS)),
    interruption: context.interruption(),
  };
  const session = await openRounds(shared, link);
  const report = openReport(context, link.rig, options.json === true);
  try {
    if (options.watch === true) {
      const intervalMs =
        options.interval === undefined ? config.intervalMs : options.interval * 1000;
      const { backoffMsMax } = config;
      const watching = { intervalMs, backoffMsMax, onRound: report };
      return await syncAndWatch(session, mount.isNetwork, watching);
    }
    const end = await playRound(session);
    if (link.interruption.aborted) return;
    if (!end.isPulled) {
      throw new Fault('SYNC_FAILED', { rig: link.rig, problem: end.problem ?? 'it was ended' });
    }
    await makeSure(session);
    report(end);
    if (end.problem !== null || end.refused.length > 0) context.exit(EXIT.failed);
  } finally {
    await session.lease.release();
  }
}

interface Round {
  readonly isPulled: boolean;
  readonly pending: number;
  readonly refused: readonly string[];
  readonly problem: string | null;
}

/** A line per change; with `--json` a record per round. */
function openReport({ output }: Context, rig: string, isJson: boolean): (round: Round) => void {
  let before = '';
  return ({ isPulled, pending, refused, problem }) => {
    if (isJson) {
      const record = { schema: 'tutti.sync/1', rig, pulled: isPulled, pending, refused, problem };
      return output.json(record);
    }
    const waiting = `${pending === 1 ? '1 parcel waits' : `${pending} parcels wait`} for a receipt`;
    const text = `${isPulled ? 'in step' : 'not in step'} with ${rig}; ${waiting}`;
    const notes = [...refused, ...(problem === null ? [] : [problem])];
    const now = [text, ...notes].join('\n');
    if (now === before) return;
    before = now;
    output.line(text);
    for (const note of notes) output.note(output.notePaint.yellow(note));
  };
}
