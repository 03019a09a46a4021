// Templates with their values filled in. One pass: in a command each value is quoted for the shell
// position it stands in, and no value is ever looked at again, so that none can become code.
import { Fault } from '../fault.ts';
import { readShell } from './shell.ts';
import type { HeredocBody, Position } from './shell-reader.ts';
import { replaceTokens, textOf, usesVariable, variablesOf } from './template.ts';
import type { Scope, Variable } from './template.ts';

export { variablesOf } from './template.ts';
export type { Scope, Variable } from './template.ts';

/** For what no shell reads: paths of `foreach`, `requires` and `produces`, values of `env`. */
export const renderText = (template: string, scope: Scope): string =>
  replaceTokens(template, (variable) => textOf(variable, scope));

const quote = (value: string): string => `'${value.replaceAll("'", String.raw`'\''`)}'`;

function quoteFor(position: Position, variable: Variable, value: string): string {
  switch (position.kind) {
    case 'bare':
      return quote(value);
    case 'single':
      return value.replaceAll("'", String.raw`'\''`);
    case 'double':
      // The double quotes are closed around the value: a `$name` before it stays its own word.
      return `"${quote(value)}"`;
    case 'heredoc':
      return value.replaceAll(/[\\$`]/g, String.raw`\$&`);
    case 'verbatim':
      return value;
    case 'comment':
      return variable.text;
    case 'refused':
      throw positionFault(position.where, variable);
  }
}

export function escapeAdvice(where: string, variable: string): string {
  if (where.startsWith('in the code')) {
    return `Pass the value as an argument of its own: sh -c 'echo "$1"' sh ${variable}`;
  }
  if (where.startsWith('behind a backslash')) {
    return `Remove the backslash, or write {${variable}} for the text ${variable}.`;
  }
  if (where.includes('((')) {
    return `Assign it first and refuse what is no number: n=${variable}; case $n in '' | *[!0-9]*) exit 1 ;; esac`;
  }
  return `Assign it first, at the start of the command: value=${variable}; then use "$value" here.`;
}

export const positionFault = (where: string, { text }: Variable): Fault =>
  new Fault('PLAN_VARIABLE_POSITION', { variable: text, where, escape: escapeAdvice(where, text) });

/** The script of a command that has at most one item. Throws a Fault when a value cannot be inserted. */
export function renderCommand(template: string, scope: Scope): string {
  const { positions, bodies } = readShell(template);
  for (const body of bodies) checkBody(template, body, scope);
  return replaceTokens(template, (variable, index) => {
    const position = positions[index]!;
    const value = position.kind === 'comment' ? '' : textOf(variable, scope);
    return quoteFor(position, variable, value);
  });
}

/** A value must not end its here-document: alone, together with its line, or over a continued line. */
function checkBody(template: string, body: HeredocBody, scope: Scope): void {
  const text = template.slice(body.start, body.end);
  const [variable] = variablesOf(text);
  if (variable === undefined) return;
  const rendered = replaceTokens(text, (each) => textOf(each, scope));
  const lines = [...rendered.split('\n'), ...rendered.replaceAll('\\\n', '').split('\n')];
  if (!lines.includes(body.delimiter)) return;
  const problem = `it brings the line \`${body.delimiter}\`, which ends the here-document around it`;
  throw new Fault('PLAN_VALUE_UNSAFE', { variable: variable.text, problem });
}

/**
 * The script of a child. A command that names `{ITEM}` is repeated for each item, in order, and ended by
 * the first that fails with that one's exit status; any other runs once and finds all items in
 * {ITEMS_PATH}. A task without `foreach` has no items.
 */
export function renderItems(template: string, scope: Scope, items: readonly unknown[]): string {
  if (items.length === 1) return renderCommand(template, { ...scope, item: items[0] });
  if (!usesVariable(template, 'ITEM')) return renderCommand(template, scope);
  return items
    .map((item) => {
      // Not `( … ) || exit`: on the left of `||` a `set -e` inside the command would be ignored.
      const command = renderCommand(template, { ...scope, item });
      return `(\n${command}\n)\ntutti_status=$?; [ "$tutti_status" -eq 0 ] || exit "$tutti_status"\n`;
    })
    .join('');
}
