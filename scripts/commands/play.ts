// tutti play
import { collect, priority } from '../arguments.ts';
import type { CommandModule } from '../context.ts';
import type { PlayOptions } from '../rig/playing.ts';

export const examples: CommandModule['examples'] = [
  'tutti play license_inventory',
  'tutti play license_inventory --set root=../other/node_modules',
  'tutti play ~/plans/films --config @inputs.json --keep-up',
];

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .argument('<plan>', 'a folder of shared/plans, or a path to a plan folder or .md file')
    .option('--config <json|@file>', 'inputs of the batch, as a JSON object')
    .option('--set <name=value>', 'one input; may be repeated, and wins over --config', collect)
    .option('--priority <priority>', 'low, normal, high, urgent, or 0 to 99', priority)
    .option('--resume <batch>', 'take over the completed tasks of this batch of the same plan')
    .option('--name <name>', 'import a plan from outside under this name')
    .option('--keep-up', 'leave the brain and the agents running afterwards')
    .action(async (plan: string, options: PlayOptions) => {
      const { play } = await import('../rig/playing.ts');
      await play(context, plan, options);
    });
};
