// tutti fsck
import { EXIT } from '../../agents/process/shutdown.ts';
import { age, seconds } from '../arguments.ts';
import type { CommandModule, Context } from '../context.ts';

export const examples: CommandModule['examples'] = [
  'tutti fsck',
  'tutti fsck --repair',
  'tutti fsck --json | jq .breaches',
];

interface Options {
  readonly repair?: true;
  readonly patience: number;
  readonly stale: number;
  readonly json?: true;
}

const PATIENCE_S = 2;
const HOUR_MS = 3_600_000;

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .option('--repair', 'mend what can be mended: nothing is deleted, tasks/quarantine fills')
    .option('--patience <seconds>', 'wait so long between two looks', seconds, PATIENCE_S)
    .option('--stale <age>', 'unpublished files are leftovers from then on (1h)', age, HOUR_MS)
    .option('--json', 'print the record tutti.fsck/1')
    .action((options: Options) => fsck(context, options));
};

async function fsck(context: Context, options: Options): Promise<void> {
  const { output } = context;
  const isRepair = options.repair === true;
  const shared = await context.open(isRepair ? 'write' : 'read');
  const { realClock, utc } = await import('../../agents/process/clock.ts');
  const { bootId, realSpawner } = await import('../../agents/process/spawner.ts');
  const { describeRepair } = await import('../../agents/store/fsck/breach.ts');
  const { inspect, repair } = await import('../../agents/store/fsck/fsck.ts');
  const { refuseGateway } = await import('../../agents/store/gateway.ts');
  const { store, settings, mount } = shared;
  await refuseGateway(store.disk, 'tutti fsck');
  const interruption = context.interruption();
  // A listing of a network mount may be as old as its delay.
  const patienceMs = Math.max(
    options.patience * 1000,
    mount.isNetwork ? 3 * settings.config.agent.visibilityDelayMs : 0,
  );
  const { files, looks, breaches } = await inspect(store, {
    view: {
      host: settings.host,
      bootId,
      isAlive: ({ pid, startTime }) => realSpawner.identify(pid)?.startTime === startTime,
      isPidTaken: (pid) => realSpawner.identify(pid) !== null,
    },
    staleMs: options.stale,
    now: () => realClock.wall(),
    pause: () => realClock.sleep(patienceMs, interruption),
  });
  interruption.throwIfAborted();
  const results = [];
  for (const breach of breaches) {
    const done = isRepair ? await repair(store, breach, utc(realClock)) : null;
    const { kind, path, problem } = breach;
    results.push({ kind, path, problem, repair: describeRepair(breach.repair), result: done });
  }
  const left = results.filter(({ result }) => result === null || result === 'left').length;
  if (left > 0) context.exit(EXIT.failed);
  if (options.json === true) {
    return output.json({
      schema: 'tutti.fsck/1',
      shared: mount.root,
      files,
      looks,
      breaches: results,
    });
  }
  const { renderFsck } = await import('../render/fsck.ts');
  for (const line of renderFsck({ files, looks, results }, output.paint)) output.line(line);
}
