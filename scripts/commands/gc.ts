// tutti gc
import { age, positive } from '../arguments.ts';
import type { CommandModule, Context } from '../context.ts';

export const examples: CommandModule['examples'] = [
  'tutti gc --dry-run',
  'tutti gc --older-than 30d --keep 3',
  'tutti gc --delete --yes',
];

interface Options {
  readonly olderThan: number;
  readonly keep: number;
  readonly delete?: true;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

const WEEK_MS = 604_800_000;

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .option('--older-than <age>', 'only batches that ended so long ago (default: 7d)', age, WEEK_MS)
    .option('--keep <count>', 'keep so many of the newest batches of each plan', positive, 0)
    .option('--delete', 'delete them instead of moving them to plans/<plan>/archive; needs --yes')
    .option('--yes', 'really delete')
    .option('--dry-run', 'show what would be done, change nothing')
    .option('--json', 'print the record tutti.gc/1')
    .action((options: Options) => gc(context, options));
};

async function gc(context: Context, options: Options): Promise<void> {
  const { output } = context;
  const isDelete = options.delete === true;
  const isDry = options.dryRun === true || (isDelete && options.yes !== true);
  const shared = await context.open(isDry ? 'read' : 'write');
  const { findGarbage } = await import('../steer/garbage.ts');
  const { archiveBatch, deleteBatch, emptyTrash } = await import('../../agents/store/archive.ts');
  const garbage = await findGarbage(shared, options);
  if (!isDry) {
    for (const place of garbage) {
      await (isDelete ? deleteBatch(shared.store, place) : archiveBatch(shared.store, place));
    }
    if (isDelete) await emptyTrash(shared.store);
  }
  const action = isDelete ? 'delete' : 'archive';
  if (options.json === true) {
    const batches = garbage.map(({ batch, plan, verdict }) => ({ batch, plan, verdict }));
    return output.json({ schema: 'tutti.gc/1', action, dry_run: isDry, batches });
  }
  const { columns, painted, plural } = await import('../render/text.ts');
  const rows = garbage.map(({ batch, plan, verdict }) => [
    batch,
    plan,
    painted(verdict, output.paint),
  ]);
  for (const line of columns(rows, '  ')) output.line(line);
  const count = plural(garbage.length, 'closed batch').replace('batchs', 'batches');
  output.line(isDry ? `would ${action} ${count}` : `${action}d ${count}`);
  if (isDelete && isDry && options.dryRun !== true && garbage.length > 0) {
    output.note('nothing was deleted: add --yes');
  }
}
