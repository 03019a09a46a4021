// tutti reserve
import { age } from '../arguments.ts';
import type { CommandModule } from '../context.ts';
import type { ReserveOptions } from '../steer/reserving.ts';

export const examples: CommandModule['examples'] = [
  'tutti reserve gpu-1 --for 30m --reason benchmark',
  'tutti reserve gpu-1',
];

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .argument('<agent>', 'whose card is kept free: what runs ends, models leave, nothing new comes')
    .option('--for <time>', 'after which it is released by itself, such as 30m', age)
    .option('--reason <text>', 'for whoever wonders', 'tutti reserve')
    .option('--json', 'print what became of it as JSON')
    .action(async (agent: string, options: ReserveOptions) => {
      const { reserve } = await import('../steer/reserving.ts');
      await reserve(context, agent, options);
    });
};
