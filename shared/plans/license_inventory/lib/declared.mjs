// What package.json declares, as one of: { kind: 'expression', text, ids }, { kind: 'file', file },
// { kind: 'proprietary' }, { kind: 'family', family }, { kind: 'unclear' }, { kind: 'nothing' }.
// `says` quotes the field, as evidence.
import { parseExpression } from './spdx.mjs';
import { familyOfName, parseSpelling } from './spellings.mjs';

const SAYS_LENGTH_MAX = 200;

export function readDeclared(fields) {
  if (fields === null) return { kind: 'nothing' };
  for (const name of ['license', 'licence', 'licenses']) {
    if (fields[name] === undefined || fields[name] === null) continue;
    const says = `${name}: ${JSON.stringify(fields[name])}`.slice(0, SAYS_LENGTH_MAX);
    return { ...parseValue(fields[name]), says };
  }
  return { kind: 'nothing', says: 'no license field' };
}

function parseValue(value) {
  const names = namesIn(value);
  // The `licenses` array of old packages offers a choice.
  return names.length > 1 ? parseChoice(names) : parseName(names[0] ?? '');
}

function namesIn(value) {
  const values = Array.isArray(value) ? value : [value];
  return values
    .map((one) => (typeof one === 'object' && one !== null ? (one.type ?? one.name) : one))
    .filter((name) => typeof name === 'string' && name.trim() !== '')
    .map((name) => name.trim());
}

function parseChoice(names) {
  const parsed = names.map((name) => parseExpression(name) ?? parseSpelling(name));
  if (parsed.includes(null)) return { kind: 'unclear' };
  const expression = parseExpression([...new Set(parsed.map(({ text }) => text))].join(' OR '));
  return { kind: 'expression', ...expression };
}

function parseName(name) {
  if (name === '') return { kind: 'nothing' };
  const file = /^see licen[cs]e in (.+)$/i.exec(name);
  if (file !== null) return { kind: 'file', file: file[1].trim().replace(/^<(.*)>$/, '$1') };
  if (/^(UNLICENSED|[Pp]roprietary|[Aa]ll [Rr]ights [Rr]eserved)$/.test(name))
    return { kind: 'proprietary' };
  const expression = parseExpression(name) ?? parseSpelling(name);
  if (expression !== null) return { kind: 'expression', ...expression };
  const family = familyOfName(name);
  return family === null ? { kind: 'unclear' } : { kind: 'family', family };
}
