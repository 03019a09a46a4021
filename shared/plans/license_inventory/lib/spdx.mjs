// SPDX licence expressions: ids, `+`, WITH, AND, OR and parentheses (SPDX specification 2.3, annex D).
// `spdx-ids.json` holds the ids of the SPDX licence list and its common exceptions.
import { readFileSync } from 'node:fs';

const lists = JSON.parse(readFileSync(new URL('spdx-ids.json', import.meta.url), 'utf8'));
const byLowerCase = (ids) => new Map(ids.map((id) => [id.toLowerCase(), id]));
const licenses = byLowerCase([...lists.deprecated, ...lists.licenses]);
const exceptions = byLowerCase(lists.exceptions);

const EXPRESSION_LENGTH_MAX = 1000;
const REFERENCE = /^(DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+$/;
const GNU_WITHOUT_SUFFIX = /^((?:A|L)?GPL|GFDL)-\d\.\d$/;

// The canonical id, or null. SPDX replaced `GPL-2.0` by `GPL-2.0-only` and `GPL-2.0+` by `GPL-2.0-or-later`.
export function canonicalId(text) {
  if (REFERENCE.test(text)) return text;
  const isOpen = text.endsWith('+');
  const id = licenses.get((isOpen ? text.slice(0, -1) : text).toLowerCase());
  if (id === undefined) return null;
  if (GNU_WITHOUT_SUFFIX.test(id)) return `${id}-${isOpen ? 'or-later' : 'only'}`;
  return isOpen ? `${id}+` : id;
}

// Two ids of one family differ only in whether later versions are allowed too.
export const familyOf = (id) => id.replace(/ WITH .*$/, '').replace(/-(only|or-later)$|\+$/, '');

// Answers `{ text, ids }` in canonical spelling, compound expressions in parentheses as npm writes them;
// null when it is no valid expression.
export function parseExpression(source) {
  if (source.length > EXPRESSION_LENGTH_MAX) return null;
  const parser = { tokens: source.match(/[()]|[^\s()]+/g) ?? [], at: 0, ids: [] };
  const text = parseChain(parser, 'OR', () => parseChain(parser, 'AND', () => parseTerm(parser)));
  return text === null || parser.at < parser.tokens.length ? null : { text, ids: parser.ids };
}

function take(parser, token) {
  if (parser.tokens[parser.at] !== token) return false;
  parser.at += 1;
  return true;
}

function parseChain(parser, operator, parseOperand) {
  const operands = [];
  do operands.push(parseOperand());
  while (take(parser, operator));
  if (operands.includes(null)) return null;
  return operands.length === 1 ? operands[0] : `(${operands.join(` ${operator} `)})`;
}

function parseTerm(parser) {
  if (take(parser, '(')) {
    const inner = parseChain(parser, 'OR', () =>
      parseChain(parser, 'AND', () => parseTerm(parser)),
    );
    return take(parser, ')') ? inner : null;
  }
  const id = canonicalId(parser.tokens[parser.at] ?? '');
  if (id === null) return null;
  parser.at += 1;
  parser.ids.push(id);
  if (!take(parser, 'WITH')) return id;
  const exception = exceptions.get((parser.tokens[parser.at] ?? '').toLowerCase());
  parser.at += 1;
  return exception === undefined ? null : `${id} WITH ${exception}`;
}
