// From a task file to the text of a script. The variables were left unresolved by the brain because
// `{BATCH_PATH}` is known only on the host that runs the task.
import { renderCommand, renderItems, renderText } from '../protocol/plan/variables.ts';
import { usesVariable } from '../protocol/plan/template.ts';
import type { Scope } from '../protocol/plan/variables.ts';
import { isPrompted } from '../protocol/task.ts';
import type { Task } from '../protocol/task.ts';

export interface ResolvedCommand {
  /** For /bin/sh. */
  readonly script: string;
  /** Paths that must exist before it starts, and after it succeeded; relative ones are below the batch. */
  readonly requires: readonly string[];
  readonly produces: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

type Commanded = Pick<
  Task,
  'command' | 'items' | 'requires' | 'produces' | 'env' | 'prompt' | 'prompt_file' | 'decide'
>;

/** Whether the task finds its items in a file: always when its command names no `{ITEM}`. */
export const wantsItemsFile = ({ command, items, ...prompted }: Commanded): boolean =>
  items !== undefined &&
  !isPrompted(prompted) &&
  (command.includes('ITEMS_PATH') || !usesVariable(command, 'ITEM'));

const PLAIN = /^ *[\w./:@%+,-]+(?: +(?:[\w./:@%+,=-]+|'[^'\0]*'))* *\n?$/;
/** Words that are no program to a shell: its grammar, and builtins that act on the shell itself. */
const OWN_WORDS = new Set(
  (
    'if then else elif fi do done case esac while until for in time function select coproc ' +
    'alias bg bind break builtin caller cd chdir command compgen complete compopt continue declare dirs ' +
    'disown enable eval exec exit export fc fg getopts hash help history jobs kill let local logout mapfile ' +
    'popd pushd pwd read readarray readonly return set shift shopt source suspend times trap type typeset ' +
    'ulimit umask unalias unset wait . :'
  ).split(' '),
);

/**
 * The words of a script that is one command of literal words, with which a shell has nothing to do: no
 * expansion, redirection, operator or assignment. Null for every other one.
 */
export function plainWords(script: string): string[] | null {
  if (!PLAIN.test(script)) return null;
  const words = script.match(/'[^']*'|[^ \n]+/g) ?? [];
  if (words.length === 0 || OWN_WORDS.has(words[0]!)) return null;
  return words.map((word) => (word.startsWith("'") ? word.slice(1, -1) : word));
}

/** Throws the Fault of an unresolved variable. */
export function resolveCommand(task: Commanded, scope: Scope): ResolvedCommand {
  const { items } = task;
  const [first] = items ?? [];
  const own: Scope = items?.length === 1 ? { ...scope, item: first } : scope;
  const script =
    items === undefined
      ? renderCommand(task.command, scope)
      : renderItems(task.command, scope, items);
  const env = Object.entries(task.env ?? {}).map(
    ([key, template]) => [key, renderText(template, own)] as const,
  );
  return {
    script,
    requires: resolvePaths(task.requires, scope, items),
    produces: resolvePaths(task.produces, scope, items),
    env: Object.fromEntries(env),
  };
}

/** A path that names `{ITEM…}` stands for one path per item of the child. */
function resolvePaths(
  templates: readonly string[] | undefined,
  scope: Scope,
  items: readonly unknown[] | undefined,
): string[] {
  const paths = (templates ?? []).flatMap((template) =>
    items !== undefined && /\{ITEM[.}]/.test(template)
      ? items.map((item) => renderText(template, { ...scope, item }))
      : [renderText(template, scope)],
  );
  return [...new Set(paths)];
}
