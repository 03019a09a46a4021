// tutti models
import { Argument } from 'commander';
import { collectCards, positive } from '../arguments.ts';
import type { CommandModule, Context } from '../context.ts';

export const examples: CommandModule['examples'] = [
  'tutti models',
  'tutti models --json | jq .models',
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
    .addArgument(
      new Argument('[what]', 'what to look at; the roster, when it is left out').choices(['fit']),
    )
    .argument('[file]', 'of fit: a GGUF file, or the first of its shards; nothing is loaded')
    .option('--slots <n>', 'of fit: requests at once', positive, 1)
    .option('--vram <mib>', 'of fit: a card that is not here; may be repeated', collectCards)
    .option('--json', 'print the record tutti.models/1, or tutti.fit/1')
    .action((what: string | undefined, file: string | undefined, options: Options) =>
      what === undefined ? list(context, options) : fit(context, file, options),
    );
};

/** The roster, and which card holds what. */
async function list(context: Context, { json }: Options): Promise<void> {
  const { settings, store } = await context.open('read');
  const { readHeartbeats } = await import('../../agents/store/heartbeats.ts');
  const { buildModels } = await import('../records/models.ts');
  const { renderModels } = await import('../render/models.ts');
  const files = await readHeartbeats(store);
  const beats = files.flatMap(({ heartbeat }) => heartbeat ?? []);
  const record = buildModels(settings.config, beats);
  const { output } = context;
  if (json === true) output.json(record);
  else for (const line of renderModels(record, output.paint)) output.line(line);
}

/** Which contexts fit where: of the cards of this shared/, and of those that are only thought of. */
async function fit(context: Context, file: string | undefined, options: Options): Promise<void> {
  const { output } = context;
  if (file === undefined) {
    const { Fault } = await import('../../agents/protocol/fault.ts');
    throw new Fault('ARGUMENT_INVALID', { argument: 'file', problem: 'fit needs a GGUF file' });
  }
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
