// tutti wait
import { EXIT } from '../../agents/process/shutdown.ts';
import type { CommandModule, Context } from '../context.ts';
import { seconds } from '../arguments.ts';

export const examples: CommandModule['examples'] = [
  'tutti wait license_inventory-20261121-021455-x7k2p',
  'tutti wait x7k2p --timeout 600 && echo complete',
];

interface Options {
  readonly timeout?: number;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .argument('<batch>', 'the id of a batch, or the five characters at its end')
    .option(
      '--timeout <seconds>',
      'give up after so long, with exit code 75; the batch goes on',
      seconds,
    )
    .action((batch: string, options: Options) => wait(context, batch, options));
};

async function wait(context: Context, text: string, { timeout }: Options): Promise<void> {
  const shared = await context.open('read');
  const { findBatchId } = await import('../look/names.ts');
  const { exitCodeOfVerdict, progress } = await import('../live/progress.ts');
  const batch = await findBatchId(shared, text);
  const interruption = context.interruption();
  const deadline = timeout === undefined ? null : AbortSignal.timeout(timeout * 1000);
  const signal = deadline === null ? interruption : AbortSignal.any([interruption, deadline]);
  const summary = await progress(context, batch, { signal });
  if (summary !== null) return context.exit(exitCodeOfVerdict(summary));
  if (interruption.aborted) return;
  context.output.note(`${batch} has not ended within ${timeout} s; it goes on`);
  context.exit(EXIT.notNow);
}
