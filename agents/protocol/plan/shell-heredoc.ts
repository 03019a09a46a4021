// Here-documents. Their bodies begin after the line that names them; a body whose delimiter is
// unquoted still expands $, ` and \, any other is taken as it is.
import { PARAMETER_DOUBT, endOfParameter } from './shell-expansion.ts';
import { nextVariable, recordUntil, topOf } from './shell-reader.ts';
import type { PendingHeredoc, Position, Reader } from './shell-reader.ts';
import type { Variable } from './template.ts';

const OPENING = /<<-?[ \t]*/y;
const DELIMITER =
  /(?:'[^'{\n]+'|"[^"{\\$`\n]+"|\\[^{\n]|[^\s'"\\$`;&|<>(){}#]+)+(?=[\s;&|<>()]|$)/y;

export function startHeredoc(reader: Reader): void {
  const { template, offset } = reader;
  OPENING.lastIndex = offset;
  const opening = OPENING.exec(template)![0];
  DELIMITER.lastIndex = offset + opening.length;
  const written = DELIMITER.exec(template)?.[0];
  if (written === undefined) {
    reader.doubt = 'after a here-document whose delimiter is not a plain word';
    return;
  }
  const delimiter = written.replaceAll(/['"]|\\(.)/g, '$1');
  const isStripped = opening.startsWith('<<-');
  reader.pending.push({ delimiter, isQuoted: delimiter !== written, isStripped, offset });
  reader.offset += opening.length + written.length;
  topOf(reader).word = '\0';
}

/** Called behind a line break: reads the bodies that begin here. */
export function readHeredocs(reader: Reader): void {
  while (reader.pending.length > 0 && reader.doubt === null && reader.open === null) {
    readBody(reader, reader.pending.shift()!);
  }
}

function readBody(reader: Reader, heredoc: PendingHeredoc): void {
  const { template } = reader;
  let start = reader.offset;
  let isContinued = false;
  while (start < template.length) {
    const newline = template.indexOf('\n', start);
    const end = newline === -1 ? template.length : newline;
    const line = template.slice(start, end);
    if ((heredoc.isStripped ? line.replace(/^\t+/, '') : line) === heredoc.delimiter) {
      if (isContinued) reader.doubt = 'after a here-document with a backslash before its last line';
      else finishBody(reader, heredoc, start, Math.min(end + 1, template.length));
      return;
    }
    isContinued = !heredoc.isQuoted && /(?<!\\)(?:\\\\)*\\$/.test(line);
    start = end + 1;
  }
  reader.open = { what: 'a here-document', offset: heredoc.offset };
}

function finishBody(reader: Reader, heredoc: PendingHeredoc, end: number, next: number): void {
  reader.bodies.push({ start: reader.offset, end, delimiter: heredoc.delimiter });
  if (heredoc.isStripped) {
    recordUntil(reader, end, { kind: 'refused', where: 'inside a here-document of <<-' });
  } else if (heredoc.isQuoted) recordUntil(reader, end, { kind: 'verbatim' });
  else readExpandedBody(reader, end);
  if (reader.doubt === null) reader.offset = next;
  topOf(reader).wordOffset = next;
}

function readExpandedBody(reader: Reader, end: number): void {
  const { template } = reader;
  const position = (variable: Variable): Position => expandedPosition(template, variable);
  for (let i = reader.offset; i < end; i++) {
    const two = template.slice(i, i + 2);
    if (two[0] === '\\') {
      recordUntil(reader, i, position);
      if (nextVariable(reader)?.offset === i + 1) {
        reader.positions.push({ kind: 'refused', where: 'behind a backslash' });
      }
      i += 1;
    } else if (two === '${') {
      const close = endOfParameter(template, i);
      if (close === null) reader.doubt = PARAMETER_DOUBT;
      else i = close - 1;
    } else if (two[0] === '`' || two === '$(' || two === '$[') {
      reader.doubt = 'in or after a here-document with a substitution before it';
    }
    if (reader.doubt !== null) return recordUntil(reader, i, position);
  }
  recordUntil(reader, end, position);
}

/** Behind `$name` the value would become a part of the name: there are no quotes to part them here. */
function expandedPosition(template: string, variable: Variable): Position {
  const before = template.slice(Math.max(0, variable.offset - 200), variable.offset);
  return /\$\w+$/.test(before)
    ? { kind: 'refused', where: 'directly behind a $name in a here-document' }
    : { kind: 'heredoc' };
}
