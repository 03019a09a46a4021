// tutti kill
import { seconds } from '../arguments.ts';
import type { CommandModule } from '../context.ts';
import type { EndOptions } from '../steer/ending.ts';
import { ANSWER_TIMEOUT_S } from '../steer/patience.ts';

export const examples: CommandModule['examples'] = [
  'tutti kill transcribe_0007',
  'tutti kill x7k2p/transcribe_0007 --reason "wrong input"',
];

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .argument('<task>', 'a running task: <task> or <batch>/<task>')
    .option('--batch <batch>', 'the batch it belongs to')
    .option('--reason <text>', 'stands in the log of the task and in the summary')
    .option('--timeout <seconds>', 'wait so long for an answer', seconds, ANSWER_TIMEOUT_S)
    .option('--json', 'print what became of it as JSON')
    .action(async (task: string, options: EndOptions) => {
      const { endTask } = await import('../steer/ending.ts');
      await endTask(context, 'kill', task, options);
    });
};
