// From a task file to the text of a script. The variables were left unresolved by the brain because
// `{BATCH_PATH}` is known only on the host that runs the task.
import { renderCommand, renderItems, renderText } from '../protocol/plan/variables.ts';
import { usesVariable } from '../protocol/plan/template.ts';
import type { Scope } from '../protocol/plan/variables.ts';
import type { Task } from '../protocol/task.ts';

export interface ResolvedCommand {
  /** For /bin/sh. */
  readonly script: string;
  /** Paths that must exist before it starts, and after it succeeded; relative ones are below the batch. */
  readonly requires: readonly string[];
  readonly produces: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

type Commanded = Pick<Task, 'command' | 'items' | 'requires' | 'produces' | 'env'>;

/** Whether the task finds its items in a file: always when its command names no `{ITEM}`. */
export const wantsItemsFile = ({ command, items }: Commanded): boolean =>
  items !== undefined && (command.includes('ITEMS_PATH') || !usesVariable(command, 'ITEM'));

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
