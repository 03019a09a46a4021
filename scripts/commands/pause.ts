// tutti pause
import type { CommandModule } from '../context.ts';
import type { PauseOptions } from '../steer/pausing.ts';

export const examples: CommandModule['examples'] = ['tutti pause gpu-1', 'tutti pause x7k2p'];

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .argument('<batch|agent>', 'a batch (the end of its id is enough) or an agent')
    .option('--json', 'print what became of it as JSON')
    .action(async (name: string, options: PauseOptions) => {
      const { pauseOrResume } = await import('../steer/pausing.ts');
      await pauseOrResume(context, 'pause', name, options);
    });
};
