// Backslashes and the quotes without any structure inside: '…' and $'…'.
import { inWord, nextVariable, recordUntil, topOf } from './shell-reader.ts';
import type { Reader } from './shell-reader.ts';

export const BREAK_BEFORE_HEREDOC =
  'after a here-document whose first line has a line break inside quotes';

export function readBackslash(reader: Reader): void {
  const { template, offset } = reader;
  const next = nextVariable(reader);
  if (next?.offset === offset + 1) {
    // The backslash would swallow the quote that is put before the value.
    const end = next.offset + next.text.length;
    recordUntil(reader, end, { kind: 'refused', where: 'behind a backslash' });
  } else reader.offset += 2;
  // A continued line goes on with the same word.
  if (template[offset + 1] !== '\n') topOf(reader).word += '\0';
}

export function readSingleQuote(reader: Reader): void {
  const { template, offset } = reader;
  const end = template.indexOf("'", offset + 1);
  if (end === -1) reader.open = { what: 'a single quote', offset };
  else if (reader.pending.length > 0 && template.slice(offset, end).includes('\n')) {
    reader.doubt = BREAK_BEFORE_HEREDOC;
  } else {
    recordUntil(reader, end + 1, (variable) => inWord(reader, variable, 'single'));
    topOf(reader).word += '\0';
  }
}

/** `$'…'` is a quote of its own in some shells and a dollar before a single quote in others. */
export function readAnsiQuote(reader: Reader): void {
  const { template, offset } = reader;
  const end = template.indexOf("'", offset + 2);
  if (end === -1) reader.open = { what: 'a single quote', offset };
  else if (template[end - 1] === '\\') reader.doubt = "after $'…' with a quote in it";
  else if (reader.pending.length > 0) reader.doubt = BREAK_BEFORE_HEREDOC;
  else recordUntil(reader, end + 1, { kind: 'refused', where: "inside $'…'" });
  topOf(reader).word += '\0';
}
