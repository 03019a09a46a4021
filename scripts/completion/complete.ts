// Candidates for the word under the cursor. What an argument takes is told by its name in the program:
// `<plan>`, `<batch|task>`, …; so a new command completes without a word here.
import type { Command, Option } from 'commander';
import { PRIORITIES } from '../../agents/protocol/words.ts';
import type { Context } from '../context.ts';

/** `words` without the program's name; the last one is unfinished, maybe empty. */
export async function complete(
  program: Command,
  context: Context,
  words: readonly string[],
): Promise<string[]> {
  const current = words.at(-1) ?? '';
  const { command, positionals, pending } = readWords(program, words.slice(0, -1));
  const all = await candidates(program, command, positionals, pending, current, context);
  return all.filter((word) => word.startsWith(current)).toSorted();
}

interface Read {
  readonly command: Command | null;
  /** How many arguments the command has been given. */
  readonly positionals: number;
  /** An option that waits for its value. */
  readonly pending: Option | null;
}

function readWords(program: Command, words: readonly string[]): Read {
  let command: Command | null = null;
  let positionals = 0;
  let pending: Option | null = null;
  for (const word of words) {
    if (pending !== null) pending = null;
    else if (word.startsWith('-')) pending = optionOf(program, command, word);
    else if (command === null)
      command = program.commands.find((one) => one.name() === word) ?? null;
    else positionals += 1;
  }
  return { command, positionals, pending };
}

function optionOf(program: Command, command: Command | null, word: string): Option | null {
  const option = [...program.options, ...(command?.options ?? [])].find(
    ({ long, short }) => long === word || short === word,
  );
  return option !== undefined && (option.required || option.optional) ? option : null;
}

async function candidates(
  program: Command,
  command: Command | null,
  positionals: number,
  pending: Option | null,
  current: string,
  context: Context,
): Promise<readonly string[]> {
  if (pending !== null) return named(/<(.*)>/.exec(pending.flags)?.[1] ?? '', context);
  if (current.startsWith('-')) {
    const options = [...program.options, ...(command?.options ?? [])];
    return ['--help', ...options.flatMap(({ long }) => long ?? [])];
  }
  if (command === null) {
    return program.commands.map((one) => one.name()).filter((name) => !name.startsWith('_'));
  }
  const argument = command.registeredArguments[positionals] ?? lastVariadic(command);
  return argument?.argChoices ?? named(argument?.name() ?? '', context);
}

const lastVariadic = ({ registeredArguments }: Command) =>
  registeredArguments.at(-1)?.variadic === true ? registeredArguments.at(-1) : undefined;

/** A shared/ that cannot be read completes nothing, and says nothing on the prompt. */
async function named(names: string, context: Context): Promise<string[]> {
  const found: string[] = [];
  for (const name of names.split('|')) {
    // A repeatable argument has the plural for its name.
    found.push(...(await list(name.replace(/s$/, ''), context).catch(() => [])));
  }
  return found;
}

async function list(name: string, context: Context): Promise<readonly string[]> {
  if (name === 'priority') return Object.keys(PRIORITIES);
  if (!['plan', 'batch', 'task', 'agent'].includes(name)) return [];
  const { store, settings } = await context.open('read');
  if (name === 'plan') {
    const { listPlans } = await import('../../agents/store/picture/batches.ts');
    const { SYSTEM_PLAN } = await import('../../agents/protocol/ids.ts');
    return (await listPlans(store.disk)).filter((plan) => plan !== SYSTEM_PLAN);
  }
  if (name === 'agent') {
    const { readHeartbeats } = await import('../../agents/store/heartbeats.ts');
    return (await readHeartbeats(store)).map(({ agent }) => agent);
  }
  const { listBatchIds, readPicture } = await import('../../agents/store/picture.ts');
  if (name === 'batch') return listBatchIds(store);
  const { batches } = await readPicture(store, settings.config.retry);
  return batches.flatMap(({ tasks }) => tasks.map(({ id }) => id));
}
