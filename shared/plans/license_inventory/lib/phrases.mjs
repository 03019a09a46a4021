// The phrases that tell licence texts apart, as facts about the texts. An `anchor` opens the grant; within
// `reach` characters after it, the first of `choices` whose `has` is found and whose `lacks` is not, wins. So
// MIT and MIT-0, ISC and 0BSD, or the clauses of BSD differ by what follows the words they share. `close` ends
// the text, at most `max` characters on: the many relatives of MIT and BSD are these texts with a clause more.

const AS_IS = /provided ["']?as[ -]is/i;
const MORE_CLAUSES =
  /acknowledg|nuclear|military|advertis|trademark|written notice|modified (versions|software) (must|should)/i;

const GRANTS = [
  {
    anchor: /permission is hereby granted, free of charge, to any person obtaining a copy of/gi,
    reach: 2400,
    close: /other dealings in the/i,
    choices: [
      { id: 'Unicode-3.0', has: /copy of data files and any associated documentation/i },
      { id: 'Unicode-DFS-2016', has: /copy of the unicode data files/i },
      { id: 'JSON', has: /shall be used for good, not evil/i, max: 1100 },
      {
        id: 'X11',
        has: /except as contained in this notice, the names? of/i,
        max: 1020,
        lacks: /distribute with mod/i,
      },
      {
        id: 'MIT',
        has: /above copyright notice.{0,40}permission notice.{0,60}shall be/i,
        lacks: /advertis|distribute with modif|acknowledg/i,
        max: 1060,
      },
      { id: 'MIT-0', has: AS_IS, lacks: /permission notice|subject to|provided that/i, max: 900 },
    ],
  },
  {
    anchor:
      /permission is hereby granted, free of charge, to any person or organization obtaining/gi,
    reach: 2000,
    choices: [{ id: 'BSL-1.0', has: /machine-executable object code/i }],
  },
  {
    anchor:
      /permission to use, copy, modify,? (and\/or|and|or) distribute this software for any purpose with or without fee is hereby granted/gi,
    reach: 1200,
    close: /performance of this software/i,
    choices: [
      { id: 'curl', has: /except as contained in this notice, the name of/i },
      {
        id: 'ISC',
        has: /provided that the above copyright notice.{0,60}appear in all copies/i,
        max: 720,
      },
      { id: '0BSD', has: AS_IS, lacks: /provided that/i, max: 640 },
    ],
  },
  {
    anchor:
      /redistribution and use in source and binary forms, with or without modification, (are|is) permitted/gi,
    reach: 3000,
    close: /possibility of such damage/i,
    choices: [
      {
        id: 'Apache-1.1',
        has: /this product includes software developed by the apache software foundation/i,
        max: 2000,
      },
      { id: 'BSD-3-Clause-Clear', has: /subject to the limitations in the disclaimer below/i },
      {
        id: 'BSD-2-Clause-Patent',
        has: /each copyright holder and contributor hereby grants to those/i,
      },
      {
        id: 'BSD-4-Clause',
        has: /all advertising materials mentioning features.*nor the names? of/i,
        max: 1720,
      },
      {
        id: 'BSD-3-Clause',
        has: /be used to endorse or promote products/i,
        lacks: MORE_CLAUSES,
        max: 1600,
      },
      {
        id: 'BSD-2-Clause',
        has: /redistributions? in binary form must reproduce/i,
        lacks: new RegExp(`${MORE_CLAUSES.source}|endorse|prior written permission`, 'i'),
        max: 1330,
      },
      {
        id: 'BSD-1-Clause',
        has: /redistributions? of source code must retain/i,
        lacks: /binary form must|endorse|acknowledg/i,
        max: 1100,
      },
    ],
  },
  {
    anchor: /this software is provided 'as-is', without any express or implied warranty/gi,
    reach: 1200,
    close: /from any source distribution/i,
    choices: [{ id: 'Zlib', has: /origin of this software must not be misrepresented/i, max: 850 }],
  },
  {
    anchor:
      /apache license,? version 2\.0,? january 2004|licensed under the apache license, version 2\.0/gi,
    reach: 14_000,
    choices: [
      { id: 'Apache-2.0 WITH LLVM-exception', has: /llvm exceptions to the apache 2\.0 license/i },
      { id: 'Apache-2.0', has: /./ },
    ],
  },
  {
    anchor: /python software foundation license version 2/gi,
    reach: 12_000,
    choices: [
      { id: 'Python-2.0', has: /beopen python open source license agreement/i },
      { id: 'PSF-2.0', has: /./ },
    ],
  },
];

// Texts that name themselves. Dates and full titles keep a mere mention of another licence apart from its text.
const TITLES = [
  ['AGPL-3.0-only', /gnu affero general public license version 3, 19 november 2007/gi],
  ['GPL-3.0-only', /gnu general public license version 3, 29 june 2007/gi],
  ['GPL-2.0-only', /gnu general public license version 2, june 1991/gi],
  ['GPL-1.0-only', /gnu general public license version 1, february 1989/gi],
  ['LGPL-3.0-only', /gnu lesser general public license version 3, 29 june 2007/gi],
  ['LGPL-2.1-only', /gnu lesser general public license version 2\.1, february 1999/gi],
  ['LGPL-2.0-only', /gnu library general public license version 2, june 1991/gi],
  ['MPL-2.0', /mozilla public license,? (version|v\.) ?2\.0/gi],
  ['MPL-1.1', /mozilla public license version 1\.1/gi],
  ['EPL-2.0', /eclipse public license -? ?v(ersion)? ?2\.0/gi],
  ['EPL-1.0', /eclipse public license -? ?v(ersion)? ?1\.0/gi],
  ['CDDL-1.0', /common development and distribution license \(cddl\) version 1\.0/gi],
  ['EUPL-1.2', /european union public licence v\. ?1\.2/gi],
  ['BlueOak-1.0.0', /blue oak model license version 1\.0\.0/gi],
  ['Unlicense', /this is free and unencumbered software released into the public domain/gi],
  ['CC0-1.0', /cc0 1\.0 universal/gi],
  ['CC-BY-4.0', /creative commons attribution 4\.0 international/gi],
  ['CC-BY-3.0', /creative commons legal code attribution 3\.0 unported/gi],
  ['CC-BY-SA-4.0', /creative commons attribution-sharealike 4\.0 international/gi],
  ['CC-BY-NC-4.0', /creative commons attribution-noncommercial 4\.0 international/gi],
  ['Artistic-2.0', /the artistic license 2\.0/gi],
  ['WTFPL', /do what the fuck you want to public license/gi],
  ['BUSL-1.1', /business source license 1\.1/gi],
  ['SSPL-1.0', /server side public license version 1, october 16, 2018/gi],
  ['Elastic-2.0', /elastic license 2\.0/gi],
  ['OFL-1.1', /sil open font license version 1\.1/gi],
  ['MS-PL', /microsoft public license \(ms-pl\)/gi],
  ['UPL-1.0', /the universal permissive license \(upl\),? version 1\.0/gi],
  ['MulanPSL-2.0', /mulan (permissive software license ?,? ?|psl )v?(ersion)? ?2/gi],
];

export const RULES = [
  ...GRANTS,
  ...TITLES.map(([id, anchor]) => ({ anchor, reach: 1, choices: [{ id, has: /./ }] })),
];

// The notice that GNU licences ask for in a program's own files; it alone says whether later versions count.
export const GNU_NOTICE =
  /gnu (affero |lesser |library )?general public license,?( version [\d.]+)? as published by the free software foundation[,;:]? (either |under )?version (\d(?:\.\d)?) of the license(,? or \(?at your option\)? any later version)?/gi;
// The texts end with a sample of that notice, which says nothing about the package that ships them.
export const GNU_SAMPLE = /how to apply these terms to your new/i;

// Conditions on top of a licence that take freedoms away, for which SPDX has no id.
export const RIDERS = [['Commons Clause', /commons clause["']? license condition/i]];
