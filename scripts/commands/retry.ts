// tutti retry
import type { CommandModule, Context } from '../context.ts';

export const examples: CommandModule['examples'] = [
  'tutti retry x7k2p',
  'tutti retry inspect_zod --batch x7k2p --descendants',
];

interface Options {
  readonly batch?: string;
  readonly descendants?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .argument('<batch|task>', 'a batch, open or closed: its failed tasks; or one task of it')
    .option('--batch <batch>', 'the batch that the task belongs to')
    .option('--descendants', 'also what was skipped because of them')
    .action((text: string, options: Options) => retry(context, text, options));
};

async function retry(context: Context, text: string, options: Options): Promise<void> {
  const shared = await context.open('write');
  const { findBatchOrTask } = await import('../look/names.ts');
  const { steer } = await import('../steer/steer.ts');
  const target = await findBatchOrTask(shared, text, options.batch);
  await steer(context, { verb: 'retry', target, descendants: options.descendants === true });
}
