// tutti cancel
import type { CommandModule, Context } from '../context.ts';

export const examples: CommandModule['examples'] = [
  'tutti cancel x7k2p',
  'tutti cancel inspect --batch x7k2p',
];

interface Options {
  readonly batch?: string;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .argument('<batch|task>', 'a batch, a task, or a heading with all its tasks')
    .option('--batch <batch>', 'the batch that the task belongs to')
    .action((text: string, options: Options) => cancel(context, text, options));
};

async function cancel(context: Context, text: string, options: Options): Promise<void> {
  const shared = await context.open('write');
  const { findBatchOrTask } = await import('../look/names.ts');
  const { steer } = await import('../steer/steer.ts');
  const target = await findBatchOrTask(shared, text, options.batch);
  await steer(context, { verb: 'cancel', target });
}
