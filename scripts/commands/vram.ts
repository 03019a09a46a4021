// tutti vram
import type { CommandModule, Context } from '../context.ts';

export const examples: CommandModule['examples'] = [
  'tutti vram',
  'tutti vram --json | jq \'.tasks[] | select(.plan == "thumbnails")\'',
];

interface Options {
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .option('--json', 'print the record tutti.vram/1')
    .action((options: Options) => show(context, options));
};

async function show(context: Context, { json }: Options): Promise<void> {
  const { output } = context;
  const { settings, store } = await context.open('read');
  const { LEARNED_VRAM, learnedVramSchema } = await import('../../agents/protocol/learned-vram.ts');
  const { readRecord } = await import('../../agents/store/records.ts');
  const { renderVram, vramRecord } = await import('../render/vram.ts');
  const read = await readRecord(store.disk, LEARNED_VRAM, learnedVramSchema);
  if (read.is === 'damaged') output.note(`${LEARNED_VRAM}: ${read.problem}`);
  const tasks = read.is === 'ok' ? read.value.tasks : [];
  const record = vramRecord(tasks, settings.config.brain.inferMarginPercent);
  if (json === true) output.json(record);
  else for (const line of renderVram(record, output.paint)) output.line(line);
}
