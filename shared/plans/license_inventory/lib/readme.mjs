// What a README says about the licence: the section of that name, or one line "License: X". It may hold the
// text itself or only a name, and is believed only when it names exactly one licence.
import { classify, flatten, ownPart } from './classify.mjs';
import { canonicalId } from './spdx.mjs';
import { idOfName } from './spellings.mjs';

const SECTION_LENGTH_MAX = 4000;
const HEADING = /^(#{1,6}[ \t]*|=+[ \t]*)?[*_]*(the )?(licen[cs](e|ing)|copying)[^\n]{0,40}$/im;
const LINE = /^[ \t>*-]{0,8}licen[cs]e\*{0,2}[ \t]?[:=]\*{0,2}[ \t]*\S.{0,200}$/im;
const NEXT_HEADING = /\n#{1,6}[ \t]*\S|\n[^\n]+\n(={3,}|-{3,})[ \t]*(\n|$)/;

function sectionOf(text) {
  for (const match of text.matchAll(new RegExp(HEADING.source, 'gim'))) {
    const rest = text.slice(match.index + match[0].length);
    const isUnderlined = /^\n(={3,}|-{3,}|~{3,})[ \t]*\n/.exec(rest);
    if (match[1] === undefined && isUnderlined === null) continue;
    const body = isUnderlined === null ? rest : rest.slice(isUnderlined[0].length);
    const end = NEXT_HEADING.exec(body)?.index ?? body.length;
    // A heading such as "## License: MIT" carries its answer itself.
    return `${match[0].replace(/^[#=\s]+/, '')}\n${body.slice(0, Math.min(end, SECTION_LENGTH_MAX))}`;
  }
  return LINE.exec(text)?.[0] ?? null;
}

// Names are looked for as people write them in prose: one word with digits, or a well-known phrase.
const NAME =
  /\b(?:MIT|ISC|0BSD|Unlicense|WTFPL|Zlib|CC0(?:[- ]1\.0)?|(?:Apache|Mozilla Public|Artistic|Boost Software)(?: Licen[cs]e)?,?(?: Version| v\.?)? ?-?\d(?:\.\d)?|BSD[- ]\d(?:[- ]Clause)?|\d-Clause BSD|[AL]?GPL[- ]?v?\d(?:\.\d)?(?:\+| or later|-only|-or-later)?|MPL[- ]\d\.\d|BlueOak-1\.0\.0)(?![\w])/g;

function namesIn(section) {
  const names = section.match(NAME) ?? [];
  return [...new Set(names.map((name) => canonicalId(name) ?? idOfName(name)))].filter(Boolean);
}

// Answers `{ section, ids, excerpt }`, or null when the README has no such section.
export function readReadme(text) {
  const section = sectionOf(text);
  if (section === null) return null;
  const flat = flatten(section);
  const texts = classify(ownPart(section, 'readme')).ids;
  return { section, ids: texts.length > 0 ? texts : namesIn(flat), excerpt: flat.slice(0, 160) };
}
