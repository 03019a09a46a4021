// tutti watch
import type { CommandModule, Context } from '../context.ts';

export const examples: CommandModule['examples'] = [
  'tutti watch',
  'tutti watch --tail',
  'tutti watch --once > picture.txt',
];

interface Options {
  readonly once?: true;
  readonly tail?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .option('--once', 'print one picture and end')
    .option('--tail', 'with the latest decisions of the brain below')
    .action((options: Options) => watch(context, options));
};

async function watch(context: Context, options: Options): Promise<void> {
  const { watchAll } = await import('../live/watching.ts');
  await watchAll(context, { isOnce: options.once === true, withTail: options.tail === true });
}
