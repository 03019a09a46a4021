// Where in a shell command each variable stands. A value is quoted for that position, so this reads
// a command the way every POSIX shell does, and where shells differ (or no quoting is safe) it says
// so: from there on each variable is refused. Refusing too much costs the author one assignment at the
// start of the command; accepting too much would let a file name become code.
import { readArithmetic, readBackticks, readParameter } from './shell-expansion.ts';
import { readHeredocs, startHeredoc } from './shell-heredoc.ts';
import {
  BREAK_BEFORE_HEREDOC,
  readAnsiQuote,
  readBackslash,
  readSingleQuote,
} from './shell-quote.ts';
import { inWord, nextVariable, pushFrame, recordUntil, topOf } from './shell-reader.ts';
import type { HeredocBody, Open, Position, Reader } from './shell-reader.ts';
import { variablesOf } from './template.ts';

export interface ShellText {
  /** One for each of `variablesOf(template)`. */
  readonly positions: readonly Position[];
  readonly bodies: readonly HeredocBody[];
  /** The quote, substitution or here-document that is never closed. */
  readonly open: Open | null;
}

export function readShell(template: string): ShellText {
  const reader: Reader = {
    template,
    variables: variablesOf(template),
    positions: [],
    frames: [],
    pending: [],
    bodies: [],
    offset: 0,
    inBrackets: false,
    doubt: null,
    open: null,
  };
  pushFrame(reader, 'command', 0);
  while (reader.offset < template.length && reader.doubt === null && reader.open === null) {
    if (readVariable(reader)) continue;
    if (topOf(reader).kind === 'double') stepDouble(reader);
    else stepCommand(reader);
  }
  if (reader.doubt === null && reader.open === null) reader.open = openAtEnd(reader);
  const where = reader.doubt ?? 'inside something that is never closed';
  recordUntil(reader, template.length, { kind: 'refused', where });
  return { positions: reader.positions, bodies: reader.bodies, open: reader.open };
}

function readVariable(reader: Reader): boolean {
  const variable = nextVariable(reader);
  if (variable?.offset !== reader.offset) return false;
  const frame = topOf(reader);
  reader.positions.push(inWord(reader, variable, frame.kind === 'double' ? 'double' : 'bare'));
  reader.offset += variable.text.length;
  frame.word += '\0';
  return true;
}

function openAtEnd(reader: Reader): Open | null {
  const { kind, offset } = topOf(reader);
  if (kind === 'double') return { what: 'a double quote', offset };
  if (reader.frames.length > 1) return { what: 'a $(…)', offset };
  const heredoc = reader.pending[0];
  return heredoc === undefined ? null : { what: 'a here-document', offset: heredoc.offset };
}

function stepDouble(reader: Reader): void {
  const char = reader.template[reader.offset]!;
  if (char === '"') {
    reader.offset += 1;
    reader.frames.pop();
    topOf(reader).word += '\0';
  } else if (char === '\\') readBackslash(reader);
  else if (char === '$') readDollar(reader);
  else if (char === '`') readBackticks(reader);
  else if (char === '\n' && reader.pending.length > 0) reader.doubt = BREAK_BEFORE_HEREDOC;
  else reader.offset += 1;
}

function stepCommand(reader: Reader): void {
  const frame = topOf(reader);
  const char = reader.template[reader.offset]!;
  if (' \t\n;&|<>()'.includes(char)) stepOperator(reader, char);
  else if (char === '\\') readBackslash(reader);
  else if (char === "'") readSingleQuote(reader);
  else if (char === '"') pushFrame(reader, 'double', 1);
  else if (char === '`') readBackticks(reader);
  else if (char === '$') readDollar(reader);
  else if (char === '#' && frame.word === '') readComment(reader);
  else {
    frame.word += char;
    reader.offset += 1;
  }
}

function endWord(reader: Reader): void {
  const frame = topOf(reader);
  // A pattern of `case` closes a parenthesis that it never opened.
  if (frame.word === 'case' && reader.frames.length > 1) reader.doubt = 'after `case` inside $(…)';
  if (frame.word === '[[') reader.inBrackets = true;
  if (frame.word === ']]') reader.inBrackets = false;
  frame.word = '';
  frame.wordOffset = reader.offset + 1;
}

function stepOperator(reader: Reader, char: string): void {
  const { template, offset, frames } = reader;
  endWord(reader);
  const frame = topOf(reader);
  if (template.startsWith('((', offset)) return readArithmetic(reader, 2, '((…))');
  if (template.startsWith('<<', offset) && template[offset + 2] !== '<')
    return startHeredoc(reader);
  reader.offset += template.startsWith('<<<', offset) ? 3 : 1;
  if (char === '\n') readHeredocs(reader);
  if (char === '(') frame.parens += 1;
  if (char !== ')') return;
  if (frame.parens > 0) frame.parens -= 1;
  else if (frames.length > 1) {
    if (reader.pending.length > 0) reader.doubt = 'after a here-document that $(…) cuts off';
    frames.pop();
    topOf(reader).word += '\0';
  }
}

function readComment(reader: Reader): void {
  const end = reader.template.indexOf('\n', reader.offset);
  recordUntil(reader, end === -1 ? reader.template.length : end, { kind: 'comment' });
}

function readDollar(reader: Reader): void {
  const { template, offset } = reader;
  const frame = topOf(reader);
  const next = template[offset + 1];
  if (template.startsWith('$((', offset)) readArithmetic(reader, 3, '$((…))');
  else if (next === '(' && reader.pending.length > 0) {
    reader.doubt = 'after a here-document whose first line goes on with $(…)';
  } else if (next === '(') pushFrame(reader, 'command', 2);
  else if (next === '{') readParameter(reader);
  else if (next === '[') reader.doubt = 'after the old arithmetic $[…]';
  else if (next === "'" && frame.kind === 'command') readAnsiQuote(reader);
  else {
    // `$$` is a parameter of its own: its second dollar begins nothing.
    frame.word += '\0';
    reader.offset += next === '$' ? 2 : 1;
  }
}
