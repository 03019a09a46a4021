// tutti explain
import type { CommandModule, Context } from '../context.ts';

export const examples: CommandModule['examples'] = [
  'tutti explain report',
  'tutti explain x7k2p/inspect_zod',
];

interface Options {
  readonly batch?: string;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .argument('<task>', 'a task, or <batch>/<task>')
    .option('--batch <batch>', 'the batch it belongs to; needed for a closed one')
    .option('--json', 'print the record tutti.explain/1')
    .action((task: string, options: Options) => explain(context, task, options));
};

async function explain(context: Context, text: string, options: Options): Promise<void> {
  const { output } = context;
  const shared = await context.open('read');
  const { explainTask } = await import('../look/explaining.ts');
  const record = await explainTask(shared, text, options.batch);
  if (options.json === true) return output.json(record);
  const { painted } = await import('../render/text.ts');
  const { paint } = output;
  output.line(`${paint.bold(record.task)} of ${record.batch}: ${painted(record.state, paint)}`);
  for (const reason of record.reasons) output.line(`  ${reason}`);
  if (record.log !== null) output.line(`  ${paint.dim(record.log)}`);
}
