// tutti setup
import { positive } from '../arguments.ts';
import type { CommandModule, Context } from '../context.ts';

export const examples: CommandModule['examples'] = [
  'tutti setup --dry-run',
  'tutti setup',
  'tutti setup --simulate 2',
];

interface Options {
  readonly yes?: true;
  readonly dryRun?: true;
  readonly simulate?: number;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .option('--yes', 'also remove agents whose cards are gone')
    .option('--dry-run', 'show what would be written, and write nothing')
    .option('--simulate <count>', 'have so many simulated cards, for demos', positive)
    .option('--json', 'print what was found and written as JSON')
    .action((options: Options) => setup(context, options));
};

async function setup(context: Context, options: Options): Promise<void> {
  const { readConfigFile, replaceConfigFile } = await import('../../agents/process/config-file.ts');
  const { scanRig } = await import('../../agents/process/rig.ts');
  const { EXIT } = await import('../../agents/process/shutdown.ts');
  const { diffLines, planRig, withAgents } = await import('../rig/rig-plan.ts');
  const { describeRig, describeShared } = await import('../rig/rig-view.ts');
  const { output } = context;
  const settings = await context.settings();
  const path = settings.configPath ?? `${settings.home}/config.json`;
  const rig = await scanRig(settings.config.agent.smiTimeoutMs);
  const { text: sharedLine, ...shared } = describeShared(settings.sharedPath);
  const { agents, removed } = planRig(settings.config.agents, rig.cards, options.simulate ?? 0);

  const before = await readConfigFile(path);
  const after = withAgents(before, agents);
  const diff = diffLines(before ?? '', after);
  const isRefused = removed.length > 0 && options.yes !== true;
  const isWritten = diff.length > 0 && options.dryRun !== true && !isRefused;
  if (isWritten) await replaceConfigFile(path, after);
  if (isRefused && options.dryRun !== true) context.exit(EXIT.failed);

  if (options.json === true) {
    const cards = rig.cards.is === 'ok' ? rig.cards.cards : [];
    const found = { cards_state: rig.cards.is, cards, cores: rig.cores, memory_mib: rig.memoryMib };
    const record = { schema: 'tutti.setup/1', ...found, shared, config: path, agents };
    return output.json({ ...record, removed, written: isWritten });
  }
  for (const line of [...describeRig(rig), sharedLine]) output.line(line);
  output.line();
  for (const line of diff)
    output.line(line.startsWith('-') ? output.paint.red(line) : output.paint.green(line));
  output.line(conclude(path, diff.length > 0, isWritten, isRefused, options.dryRun === true));
}

function conclude(
  path: string,
  isDifferent: boolean,
  isWritten: boolean,
  isRefused: boolean,
  isDryRun: boolean,
): string {
  if (!isDifferent) return `${path} is right as it is.`;
  if (isWritten) return `${path} is written. Next: \`tutti up\``;
  if (isDryRun) return `${path} is not changed: --dry-run.`;
  if (isRefused) return `${path} is not changed: an agent would go. Say --yes to write it.`;
  return path;
}
