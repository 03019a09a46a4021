// The expansions in which a variable is refused: `…`, $((…)), ((…)) and ${…}. Only their ends
// are looked for; what makes the end uncertain raises a doubt.
import { recordUntil, topOf } from './shell-reader.ts';
import type { Reader } from './shell-reader.ts';

export function readBackticks(reader: Reader): void {
  const { template, offset } = reader;
  let end = offset + 1;
  while (end < template.length && template[end] !== '`') end += template[end] === '\\' ? 2 : 1;
  if (end >= template.length) reader.open = { what: 'a backtick', offset };
  else recordUntil(reader, end + 1, { kind: 'refused', where: 'inside backticks' });
  topOf(reader).word += '\0';
}

/** `length` is that of the opening: three characters of `$((`, two of `((`. */
export function readArithmetic(reader: Reader, length: number, name: string): void {
  const { template, offset } = reader;
  let depth = 2;
  let end = offset + length;
  for (; end < template.length && depth > 0; end++) {
    const char = template[end]!;
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    // `$((` may also begin a subshell inside a substitution; then it does not end in `))`.
    const isSubshell = depth === 1 && char === ')' && template[end + 1] !== ')';
    if (isSubshell || '\'"`\\#\n'.includes(char)) {
      reader.doubt = `inside or after ${name}`;
      return;
    }
  }
  if (depth > 0) reader.open = { what: name, offset };
  else recordUntil(reader, end, { kind: 'refused', where: `inside ${name}` });
  topOf(reader).word += '\0';
}

/** Quotes and nested expansions inside `${…}` are read differently by different shells. */
const PLAIN_PARAMETER = /\$\{[^'"`\\(){}\n]*\}/y;
export const PARAMETER_DOUBT = 'inside or after ${…} with quotes or expansions in it';

/** Where the `${…}` that begins at `offset` ends; null when that is in doubt. */
export function endOfParameter(template: string, offset: number): number | null {
  PLAIN_PARAMETER.lastIndex = offset;
  return PLAIN_PARAMETER.test(template) ? PLAIN_PARAMETER.lastIndex : null;
}

export function readParameter(reader: Reader): void {
  const end = endOfParameter(reader.template, reader.offset);
  if (end === null) reader.doubt = PARAMETER_DOUBT;
  else reader.offset = end;
  topOf(reader).word += '\0';
}
