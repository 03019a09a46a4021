// tutti release
import type { CommandModule } from '../context.ts';

export const examples: CommandModule['examples'] = ['tutti release gpu-1'];

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .argument('<agent>', 'whose card was reserved')
    .option('--json', 'print what became of it as JSON')
    .action(async (agent: string, options: { readonly json?: true }) => {
      const { release } = await import('../steer/reserving.ts');
      await release(context, agent, options);
    });
};
