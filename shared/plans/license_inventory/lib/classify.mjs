// Finds which licences a text states. Matching runs on the text without layout: comment marks, Markdown
// emphasis, typographic quotes and line breaks differ from copy to copy and mean nothing.
import { sha256 } from './files.mjs';
import { canonicalId, familyOf } from './spdx.mjs';
import { GNU_NOTICE, GNU_SAMPLE, RIDERS, RULES } from './phrases.mjs';

const EXCERPT_LENGTH = 160;
const OWN_LENGTH_MIN = 100;

// Where a licence file turns from the package's own licence to those of what it bundles.
const THIRD_PARTY_HEADING =
  /^[ \t#*=-]{0,6}((the )?licen[cs]es? (of|for) (the )?(bundled|third|included|depend)|bundled |third[- ]party (licen|notices?\b(?! normally)|software|code|depend)|.{0,60}\b(contains?|includes?|bundles?|incorporates?) (code|software(?! developed)|material|portions|parts|the following)).{0,120}$/im;

export function flatten(text) {
  return text
    .replace(/<[a-z/][^>]{0,80}>/gi, ' ')
    .replace(/^[ \t]*(\/?\*+\/?|\/\/|#+|>|--|;;|%|=+$)[ \t]?/gm, '')
    .replace(/[“”„″]|``|''/g, '"')
    .replace(/[‘’`]/g, "'")
    .replace(/[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

// The part of a text that speaks of the package itself. A notice may be about others from its first line on; a
// licence file that seems to be is taken whole, because then the heading was misunderstood.
export function ownPart(text, role) {
  const end = THIRD_PARTY_HEADING.exec(text)?.index ?? text.length;
  return role === 'license' && end < OWN_LENGTH_MIN ? text : text.slice(0, end);
}

// Answers `{ ids, excerpts: Map(id → words), rider, isDual }`, ids in the order in which they appear.
export function classify(text) {
  const flat = flatten(text);
  const found = [...findGrants(flat), ...findNotices(flat)].sort((a, b) => a.at - b.at);
  const excerpts = new Map();
  for (const { id, at } of found) if (!excerpts.has(id)) excerpts.set(id, excerptAt(flat, at));
  return {
    ids: withoutShadowed([...excerpts.keys()]),
    excerpts,
    rider: RIDERS.find(([, phrase]) => phrase.test(flat))?.[0] ?? null,
    isDual: /dual[- ]licen[cs]ed|licen[cs]ed under either|terms of either/i.test(flat),
  };
}

export const excerptAt = (flat, at) => {
  const excerpt = flat.slice(at, at + EXCERPT_LENGTH);
  return at + EXCERPT_LENGTH < flat.length ? `${excerpt}…` : excerpt;
};

function findGrants(flat) {
  return RULES.flatMap(({ anchor, reach, close, choices }) =>
    [...flat.matchAll(anchor)].flatMap((match) => {
      const end = Math.min(match.index + match[0].length + reach, nextMatch(flat, anchor, match));
      const part = flat.slice(match.index, end);
      const length = close?.exec(part)?.index ?? Infinity;
      const choice = choices.find(
        ({ has, lacks, max }) =>
          has.test(part) && !lacks?.test(part) && (max === undefined || length <= max),
      );
      return choice === undefined ? [] : [{ id: choice.id, at: match.index }];
    }),
  );
}

// A second grant of the same kind ends the first one: what follows it belongs to another licence.
function nextMatch(flat, anchor, match) {
  const again = new RegExp(anchor.source, anchor.flags);
  again.lastIndex = match.index + match[0].length;
  return again.exec(flat)?.index ?? flat.length;
}

function findNotices(flat) {
  const sample = GNU_SAMPLE.exec(flat)?.index ?? flat.length;
  return [...flat.matchAll(GNU_NOTICE)]
    .filter((match) => match.index < sample)
    .map((match) => {
      const kind = { affero: 'AGPL', lesser: 'LGPL', library: 'LGPL' }[
        match[1]?.trim().toLowerCase()
      ];
      const number = match[4].includes('.') ? match[4] : `${match[4]}.0`;
      const id = canonicalId(`${kind ?? 'GPL'}-${number}${match[5] === undefined ? '' : '+'}`);
      return { id: id ?? '', at: match.index };
    })
    .filter(({ id }) => id !== '');
}

// Copies that differ only in layout, punctuation or the title above the grant are one text for the notices.
export function textKey(text) {
  const words = flatten(text)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ');
  return sha256(words.trim().replace(/^(the )?(\w+ )?licen[cs]e( (mit|isc|x11 license))? /, ''));
}

// `-or-later` is the more exact reading of the same text, and the LGPL-3.0 comes with the GPL-3.0 that it amends.
export function withoutShadowed(ids) {
  const isShadowed = (id) =>
    (id.endsWith('-only') && ids.includes(`${familyOf(id)}-or-later`)) ||
    (id.startsWith('GPL-3.0') && ids.some((other) => other.startsWith('LGPL-3.0')));
  return ids.filter((id) => !isShadowed(id));
}
