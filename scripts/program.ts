// Builds the commander program. Modules of commands that are not called stay on the disk.
import { Command, CommanderError } from 'commander';
import { EXIT } from '../agents/process/shutdown.ts';
import { COMMANDS } from './commands.ts';
import type { CommandEntry } from './commands.ts';
import { createContext } from './context.ts';
import type { Context, GlobalFlags } from './context.ts';
import { exitCodeOf, renderError } from './failure.ts';
import { openOutput } from './output.ts';
import type { Output } from './output.ts';

export interface LoadedCommand {
  readonly entry: CommandEntry;
  readonly command: Command;
  /** Empty for a command that was not loaded. */
  readonly examples: readonly string[];
}

export interface Program {
  readonly command: Command;
  readonly parts: readonly LoadedCommand[];
}

const VERSION = '0.1.0';

/** `wanted` are the names of the commands to load in full. */
export async function buildProgram(
  program: Command,
  context: Context,
  wanted: (name: string) => boolean,
): Promise<Program> {
  const { output } = context;
  program
    .description('Plays a markdown plan on every card you own, through one folder.')
    .version(VERSION, '--version', 'print the version')
    .option('--shared <dir>', 'the shared directory (default: from config.json)')
    .option('--settings <file>', 'the configuration (default: config.json of this project)')
    .option('--no-color', 'no colour, also without NO_COLOR')
    .helpOption('-h, --help', 'show what a command takes, with examples')
    .commandsGroup('House:')
    .helpCommand('help [command]', 'the same as <command> --help')
    .configureHelp({ showGlobalOptions: true, styleTitle: output.paint.bold })
    .configureOutput({ getOutHasColors: () => true, getErrHasColors: () => false })
    .exitOverride();
  const parts: LoadedCommand[] = [];
  for (const entry of COMMANDS) {
    const command = program
      .command(entry.name)
      .description(entry.summary)
      .helpGroup(`${entry.group}:`);
    parts.push({
      entry,
      command,
      examples: wanted(entry.name) ? await load(entry, command, context) : [],
    });
  }
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: readonly string[]) => {
      const { complete } = await import('./completion/complete.ts');
      for (const word of await complete(program, context, words)) output.line(word);
    });
  return { command: program, parts };
}

async function load(
  entry: CommandEntry,
  command: Command,
  context: Context,
): Promise<readonly string[]> {
  const { configure, examples } = await entry.load();
  configure(command, context);
  const lines = examples.map((example) => `  $ ${example}`).join('\n');
  const title = context.output.paint.bold(examples.length > 1 ? 'Examples:' : 'Example:');
  command.addHelpText('after', `\n${title}\n${lines}`);
  return examples;
}

/** Runs one command line and answers its exit code (docs/CLI.md lists them). */
export async function main(argv: readonly string[]): Promise<number> {
  const output = openOutput(!argv.includes('--no-color'));
  const program = new Command('tutti');
  const context = createContext(output, () => program.opts<GlobalFlags>());
  try {
    await buildProgram(program, context, (name) => argv.includes(name));
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync(argv, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    return fail(error, output, context.exitCode);
  }
}

function fail(error: unknown, output: Output, exitCode: number): number {
  // Commander has printed its own refusal; help and version end with 0 here.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  // Whatever breaks while Ctrl-C tears a command down is the Ctrl-C.
  if (exitCode > 128) return exitCode;
  output.note(renderError(error, output.notePaint));
  return exitCodeOf(error);
}
