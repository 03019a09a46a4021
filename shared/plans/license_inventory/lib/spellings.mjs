// What people write where an SPDX id belongs. A spelling is taken only when it names exactly one licence;
// a name that covers several (`BSD`, `GPL`) is a family, and the text of the package must choose.
import { canonicalId, parseExpression } from './spdx.mjs';

const SPELLINGS = {
  'mit mit': 'MIT',
  'mit x11': 'MIT',
  'mit expat': 'MIT',
  expat: 'MIT',
  'isc isc': 'ISC',
  'apache software 2.0': 'Apache-2.0',
  'asl 2.0': 'Apache-2.0',
  apache2: 'Apache-2.0',
  'apache2.0': 'Apache-2.0',
  'simplified bsd': 'BSD-2-Clause',
  'bsd simplified': 'BSD-2-Clause',
  '2 clause bsd': 'BSD-2-Clause',
  'bsd 2': 'BSD-2-Clause',
  bsd2: 'BSD-2-Clause',
  freebsd: 'BSD-2-Clause',
  'new bsd': 'BSD-3-Clause',
  'bsd new': 'BSD-3-Clause',
  'modified bsd': 'BSD-3-Clause',
  'revised bsd': 'BSD-3-Clause',
  '3 clause bsd': 'BSD-3-Clause',
  'bsd 3': 'BSD-3-Clause',
  bsd3: 'BSD-3-Clause',
  'original bsd': 'BSD-4-Clause',
  'zero clause bsd': '0BSD',
  'bsd zero clause': '0BSD',
  'mozilla public 2.0': 'MPL-2.0',
  mpl2: 'MPL-2.0',
  'mpl2.0': 'MPL-2.0',
  'eclipse public 1.0': 'EPL-1.0',
  'eclipse public 2.0': 'EPL-2.0',
  'boost software 1.0': 'BSL-1.0',
  'boost 1.0': 'BSL-1.0',
  boost: 'BSL-1.0',
  cc0: 'CC0-1.0',
  'cc0 1.0 universal': 'CC0-1.0',
  'creative commons zero 1.0 universal': 'CC0-1.0',
  'creative commons attribution 3.0': 'CC-BY-3.0',
  'creative commons attribution 4.0': 'CC-BY-4.0',
  'creative commons attribution 4.0 international': 'CC-BY-4.0',
  'wtfpl 2': 'WTFPL',
  'do what the fuck you want to public': 'WTFPL',
  'artistic 2': 'Artistic-2.0',
  'blue oak model 1.0.0': 'BlueOak-1.0.0',
  psf: 'PSF-2.0',
  'zlib libpng': 'Zlib',
  'mit no attribution': 'MIT-0',
};

// `fallback` is what the family stands for when no text chooses.
const FAMILIES = {
  bsd: { member: /^(BSD-\d-Clause|0BSD)/ },
  apache: { member: /^Apache-/ },
  gpl: { member: /^GPL-/ },
  lgpl: { member: /^LGPL-/ },
  agpl: { member: /^AGPL-/ },
  mpl: { member: /^MPL-/ },
  artistic: { member: /^Artistic-/ },
  'cc by': { member: /^CC-BY-\d/ },
  'creative commons': { member: /^CC/ },
  'public domain': {
    member: /^(CC0-1\.0|Unlicense|CC-PDDC)$/,
    fallback: 'LicenseRef-Public-Domain',
  },
};

const GNU = /^(?:gnu )?([al]?gpl) ?(\d(?:\.\d)?)( ?\+| or (?:later|newer|greater)| only)?$/;

function keyOf(name) {
  return name
    .toLowerCase()
    .replace(/\blicen[cs]ed?s?\b|version|\bthe\b|v(?=\.?\s?\d)/g, ' ')
    .replace(/general public/g, 'gpl')
    .replace(/(affero|lesser|library) gpl/g, (_, kind) => `${kind[0] === 'a' ? 'a' : 'l'}gpl`)
    .replace(/[^a-z0-9.+]+|\.(?!\d)|(?<!\d)\./g, ' ')
    .trim();
}

// The SPDX id that a single name stands for, or null.
export function idOfName(name) {
  const key = keyOf(name);
  if (Object.hasOwn(SPELLINGS, key)) return SPELLINGS[key];
  const gnu = GNU.exec(key);
  if (gnu !== null) {
    const number = gnu[2].includes('.') ? gnu[2] : `${gnu[2]}.0`;
    const isOpen = gnu[3] !== undefined && gnu[3] !== ' only';
    return canonicalId(`${gnu[1]}-${number}${isOpen ? '+' : ''}`);
  }
  const hyphened = key.replaceAll(' ', '-');
  return canonicalId(hyphened) ?? canonicalId(`${hyphened}.0`);
}

export const familyOfName = (name) => {
  const key = keyOf(name);
  return Object.hasOwn(FAMILIES, key) ? FAMILIES[key] : null;
};

// Answers like parseExpression for what people write instead of an expression: `MIT or GPL v2`, `MIT/Apache 2`.
export function parseSpelling(text) {
  const id = idOfName(text);
  if (id !== null) return { text: id, ids: [id] };
  for (const [separator, operator] of [
    [/\s+or\s+|\s*\/\s*|\s*\|\|?\s*/i, 'OR'],
    [/\s+and\s+|\s*&&?\s*/i, 'AND'],
  ]) {
    const names = text.replace(/^\(|\)$/g, '').split(separator);
    const ids = names.map(idOfName);
    if (names.length > 1 && !ids.includes(null)) return parseExpression(ids.join(` ${operator} `));
  }
  return null;
}
