// Splits a script into its simple commands, for the lint alone: operators, quotes, substitutions,
// subshells, comments and here-documents are understood well enough that `ls; mkfs /dev/sda` is two
// commands and `echo 'a; mkfs'` is one. What it does not know it keeps as text; nothing is expanded.

export interface SimpleCommand {
  /** Without quotes; a substitution stays as it is written. */
  readonly words: readonly string[];
  /** `>` and `>>` (and their kin) with their targets; input redirections are left out. */
  readonly writes: readonly string[];
}

const REDIRECTION = /^(&?>>|&>|>\||>&|>>|<<-|<<|<&|<>|>|<)/;
const SEPARATORS = ';&|\n';

export function simpleCommands(script: string): SimpleCommand[] {
  const found: SimpleCommand[] = [];
  parseList(script, 0, '', found);
  return found;
}

/** Reads commands from `at` up to an unquoted `closer`, appends them to `found`, and answers the position behind. */
function parseList(text: string, start: number, closer: string, found: SimpleCommand[]): number {
  let words: string[] = [];
  let writes: string[] = [];
  let heredocs: string[] = [];
  const flush = (): void => {
    if (words.length > 0 || writes.length > 0) found.push({ words, writes });
    words = [];
    writes = [];
  };
  let at = start;
  while (at < text.length) {
    const char = text[at]!;
    const redirection = REDIRECTION.exec(text.slice(at, at + 3))?.[0];
    if (closer !== '' && char === closer) {
      flush();
      return at + 1;
    }
    if (redirection !== undefined) {
      const target = readWord(text, skipBlanks(text, at + redirection.length), found);
      if (redirection.startsWith('<<')) heredocs.push(target.word);
      else if (redirection.includes('>') && !/^(\d+|-)$/.test(target.word))
        writes.push(target.word);
      at = target.next;
    } else if (char === '\n') {
      flush();
      at = skipHeredocs(text, at + 1, heredocs);
      heredocs = [];
    } else if (SEPARATORS.includes(char)) {
      flush();
      at += 1;
    } else if (char === '(') {
      // A subshell; behind a word it is a function definition or an array, and its body counts the same.
      flush();
      at = parseList(text, at + 1, ')', found);
    } else if (char === ')') {
      // The pattern of a `case`: no command.
      words = [];
      at += 1;
    } else if (char === '#') {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end;
    } else if (/\s/.test(char)) {
      at += 1;
    } else if (text.startsWith('\\\n', at)) {
      at += 2;
    } else {
      const { word, next } = readWord(text, at, found);
      // The number of a file descriptor belongs to the redirection that touches it.
      if (!(/^\d+$/.test(word) && /[<>]/.test(text[next] ?? ''))) words.push(word);
      // Never stand still, whatever the character was.
      at = Math.max(next, at + 1);
    }
  }
  flush();
  return at;
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return at;
}

function skipHeredocs(text: string, start: number, delimiters: readonly string[]): number {
  let at = start;
  for (const delimiter of delimiters) {
    for (;;) {
      const end = text.indexOf('\n', at);
      const line = text.slice(at, end === -1 ? text.length : end);
      at = end === -1 ? text.length : end + 1;
      if (end === -1 || line.trimStart() === delimiter) break;
    }
  }
  return at;
}

interface Word {
  readonly word: string;
  readonly next: number;
}

/** One word with its quotes removed; the commands of substitutions in it go to `found`. */
function readWord(text: string, start: number, found: SimpleCommand[]): Word {
  let word = '';
  let at = start;
  let isQuoted = false;
  while (at < text.length) {
    const char = text[at]!;
    if (!isQuoted && /[\s;&|<>()]/.test(char)) break;
    if (char === '\\') {
      word += text[at + 1] === '\n' ? '' : (text[at + 1] ?? '');
      at += 2;
    } else if (char === "'" && !isQuoted) {
      const end = text.indexOf("'", at + 1);
      word += text.slice(at + 1, end === -1 ? text.length : end);
      at = end === -1 ? text.length : end + 1;
    } else if (char === '"') {
      isQuoted = !isQuoted;
      at += 1;
    } else {
      const next = skipSubstitution(text, at, found);
      word += text.slice(at, next);
      at = next;
    }
  }
  return { word, next: at };
}

/** The position behind the substitution or the plain character at `at`. */
function skipSubstitution(text: string, at: number, found: SimpleCommand[]): number {
  if (text.startsWith('$((', at)) {
    const end = text.indexOf('))', at);
    return end === -1 ? text.length : end + 2;
  }
  if (text.startsWith('$(', at)) return parseList(text, at + 2, ')', found);
  if (text.startsWith('${', at)) {
    const end = text.indexOf('}', at);
    return end === -1 ? text.length : end + 1;
  }
  if (text[at] !== '`') return at + 1;
  const end = text.indexOf('`', at + 1);
  parseList(text.slice(at + 1, end === -1 ? text.length : end), 0, '', found);
  return end === -1 ? text.length : end + 1;
}
