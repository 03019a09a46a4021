// tutti models
import { Argument } from 'commander';
import { collectCards, positive } from '../arguments.ts';
import type { CommandModule, Context } from '../context.ts';

export const examples: CommandModule['examples'] = [
  'tutti models fit ~/models/llama-3.1-8b.Q4_K_M.gguf',
  'tutti models fit ./model.gguf --slots 4 --vram 24576',
];

interface Options {
  readonly slots: number;
  readonly vram?: readonly number[];
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .addArgument(new Argument('<what>', 'what to look at').choices(['fit']))
    .argument('<file>', 'a GGUF file, or the first of its shards: nothing is loaded')
    .option('--slots <n>', 'requests at once', positive, 1)
    .option('--vram <mib>', 'a card that is not here; may be repeated', collectCards)
    .option('--json', 'print the record tutti.fit/1')
    .action((_what: string, file: string, options: Options) => fit(context, file, options));
};

/** Which contexts fit where: of the cards of this shared/, and of those that are only thought of. */
async function fit(context: Context, file: string, options: Options): Promise<void> {
  const { output } = context;
  const { readGguf } = await import('../../agents/models/gguf.ts');
  const { fitCards, listCards } = await import('../models/fitting.ts');
  const model = await readGguf(file);
  const { config } = await context.settings();
  const cards = await listCards(context, options.vram ?? [], config.agent.budgetPercent);
  const { slots } = options;
  const fitted = { file, model, slots, cards: fitCards(model, cards, slots) };
  const { fitRecord, renderFit } = await import('../render/fit.ts');
  if (options.json === true) return output.json(fitRecord(fitted));
  for (const line of renderFit(fitted, output.paint)) output.line(line);
}
