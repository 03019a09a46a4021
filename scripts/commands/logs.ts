// tutti logs
import { positive } from '../arguments.ts';
import type { CommandModule, Context } from '../context.ts';

export const examples: CommandModule['examples'] = [
  'tutti logs scan',
  'tutti logs inspect_zod -f',
  'tutti logs license_inventory-20261121-021455-x7k2p/scan --attempt 1',
];

interface Options {
  readonly follow?: true;
  readonly attempt?: number;
  readonly batch?: string;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .argument('<task>', 'a task, or <batch>/<task>; without a batch the newest one that has run it')
    .option('-f, --follow', 'go on until the attempt has ended')
    .option('--attempt <number>', 'of this attempt instead of the latest', positive)
    .option('--batch <batch>', 'of this batch')
    .action((task: string, options: Options) => logs(context, task, options));
};

const LOOK_AGAIN_MS = 200;

async function logs(context: Context, text: string, options: Options): Promise<void> {
  const shared = await context.open('read');
  const { findLog } = await import('../look/attempts.ts');
  const { tail } = await import('../../agents/store/tail.ts');
  const { realClock } = await import('../../agents/process/clock.ts');
  const { disk } = shared.store;
  const found = await findLog(shared, text, options.batch, options.attempt);
  const isFollowing = options.follow === true;
  const signal = isFollowing ? context.interruption() : null;
  let hasEnded = !isFollowing;
  // One more look after the end: what was written last comes before the record.
  const more = async (): Promise<boolean> => {
    if (hasEnded || signal?.aborted === true) return false;
    hasEnded = (await disk.stat(found.record)) !== null;
    if (!hasEnded) await realClock.sleep(LOOK_AGAIN_MS, signal ?? undefined);
    return true;
  };
  for await (const chunk of tail(disk, found.log, { offset: 0, more })) context.output.raw(chunk);
  if (isFollowing && signal?.aborted === false) await tellEnd(context, found.record);
}

async function tellEnd(context: Context, path: string): Promise<void> {
  const { readRecord } = await import('../../agents/store/records.ts');
  const { attemptRecordSchema } = await import('../../agents/protocol/attempt.ts');
  const { duration } = await import('../render/text.ts');
  const { store } = await context.open('read');
  const read = await readRecord(store.disk, path, attemptRecordSchema);
  if (read.is !== 'ok') return;
  const { outcome, duration_ms: ms, message } = read.value;
  context.output.note(`${outcome} after ${duration(ms)}: ${message}`);
}
