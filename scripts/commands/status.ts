// tutti status
import type { CommandModule, Context } from '../context.ts';

export const examples: CommandModule['examples'] = [
  'tutti status',
  'tutti status --batch x7k2p --tasks',
  'tutti status --json | jq .brain.state',
];

interface Options {
  readonly tasks?: true;
  readonly task?: string;
  readonly batch?: string;
  readonly all?: true;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .option('--tasks', 'one line per task')
    .option('--task <task>', 'only this task: how it stands, its attempts and its log')
    .option('--batch <batch>', 'only this batch, open or closed')
    .option('--all', 'all running tasks and all closed batches')
    .option('--json', 'print the record tutti.status/1')
    .action((options: Options) => status(context, options));
};

async function status(context: Context, options: Options): Promise<void> {
  const { output } = context;
  const shared = await context.open('read');
  const { openLooker } = await import('../look/look.ts');
  const { narrow } = await import('../look/narrow.ts');
  const closedMax = options.all === true ? Number.POSITIVE_INFINITY : undefined;
  const looked = await openLooker(shared).look({
    wait: true,
    ...(closedMax === undefined ? {} : { closedMax }),
  });
  const record = await narrow(shared, looked, options);
  if (options.json === true) return output.json(record);
  const { renderStatus } = await import('../render/status.ts');
  const { renderTasks } = await import('../render/tasks.ts');
  const { paint, columns, isTerminal } = output;
  const width = isTerminal ? columns : Number.POSITIVE_INFINITY;
  if (record.tasks !== undefined) {
    for (const line of renderTasks(record.tasks, paint)) output.line(line);
    return;
  }
  const look = { paint, columns: width, isAll: options.all === true };
  for (const line of renderStatus(record, look)) output.line(line);
}
