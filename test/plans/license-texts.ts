// Licence texts for packages that a test makes up. Long ones are shortened to what a reader would know them by;
// short ones are whole, because they are told apart by what they do not say.

const asIs = (what: string): string =>
  `THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED. IN NO EVENT
SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, ARISING FROM, OUT OF OR IN CONNECTION
WITH ${what}.`;

export const mit = (holder = 'Copyright (c) 2020 Ada'): string => `MIT License

${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

${asIs('THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE')}
`;

const MIT_0 = mit().replace(
  /, subject to the following conditions:[^]*portions of the Software\./,
  '.',
);

const permission = (condition: string): string =>
  `Copyright (c) 2021, Ben

Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted${condition}.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES ARISING OUT OF OR IN
CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
`;

const SOURCE = `Redistributions of source code must retain the above copyright notice, this list of conditions.`;
const BINARY = `Redistributions in binary form must reproduce the above copyright notice in the documentation.`;
const ADVERTISING = `All advertising materials mentioning features or use of this software must display: made by Cleo.`;
const ENDORSE = `Neither the name of Cleo nor the names of its contributors may be used to endorse or promote
products derived from this software without specific prior written permission.`;

const bsd = (...clauses: readonly string[]): string =>
  `Copyright (c) 2019, Cleo
All rights reserved.

Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:

${clauses.map((clause, index) => `${index + 1}. ${clause}`).join('\n\n')}

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS "AS IS". IN NO EVENT SHALL THEY BE LIABLE FOR ANY
DAMAGES, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
`;

/** Texts that only resemble a known licence: one condition more makes another licence of them. */
export const RELATIVES: Readonly<Record<string, string>> = {
  postcard: MIT_0.replace(
    'furnished to do so',
    'furnished to do so, provided that they send a postcard',
  ),
  acknowledged: bsd(SOURCE, BINARY, 'Every use must carry an acknowledgement of Cleo.'),
  'no-nuclear': bsd(SOURCE, BINARY, ENDORSE, 'Not for use in any nuclear facility.'),
};

const gnu = (title: string, version: string): string =>
  `                    GNU ${title} GENERAL PUBLIC LICENSE
                       ${version}

 Copyright (C) 2007 Free Software Foundation, Inc. <https://fsf.org/>
 Everyone is permitted to copy and distribute verbatim copies.

  When we speak of the GNU Affero General Public License, version 3 of it, we mean this.

            How to Apply These Terms to Your New Programs

    This program is free software: you can redistribute it and/or modify
    it under the terms of the GNU General Public License as published by
    the Free Software Foundation, either version 3 of the License, or
    (at your option) any later version.
`;

export const GPL_3_NOTICE = `Copyright (C) 2018 Dora

This program is free software: you can redistribute it and/or modify it under the terms of the GNU
General Public License as published by the Free Software Foundation, either version 3 of the License,
or (at your option) any later version.
`;

export const APACHE_2 = `                                 Apache License
                           Version 2.0, January 2004
                        http://www.apache.org/licenses/

   1. Definitions. "License" shall mean the terms and conditions for use.

   APPENDIX: Copyright [yyyy] [name of copyright owner]

   Licensed under the Apache License, Version 2.0 (the "License");
`;

export const COMMONS_CLAUSE = `"Commons Clause" License Condition v1.0

The Software is provided to you by the Licensor under the License, as defined below, subject to the
following condition: you may not sell it.

License: MIT

${mit()}`;

const named = (title: string): string => `${title}\n\nEach contributor grants what stands here.\n`;

/** SPDX id → a text that states it and nothing else. */
export const TEXTS: Readonly<Record<string, string>> = {
  MIT: mit(),
  'MIT-0': MIT_0,
  ISC: permission(
    ', provided that the above\ncopyright notice and this permission notice appear in all copies',
  ),
  '0BSD': permission(''),
  'BSD-1-Clause': bsd(SOURCE),
  'BSD-2-Clause': bsd(SOURCE, BINARY),
  'BSD-3-Clause': bsd(SOURCE, BINARY, ENDORSE),
  'BSD-4-Clause': bsd(SOURCE, BINARY, ADVERTISING, ENDORSE),
  'Apache-2.0': APACHE_2,
  'MPL-2.0': named('Mozilla Public License Version 2.0\n=================================='),
  'GPL-2.0-only': gnu('', 'Version 2, June 1991'),
  'GPL-3.0-only': gnu('', 'Version 3, 29 June 2007'),
  'GPL-3.0-or-later': GPL_3_NOTICE,
  'LGPL-2.1-only': gnu('LESSER', 'Version 2.1, February 1999'),
  'LGPL-3.0-only': gnu('LESSER', 'Version 3, 29 June 2007'),
  'AGPL-3.0-only': gnu('AFFERO', 'Version 3, 19 November 2007'),
  Unlicense: 'This is free and unencumbered software released into the public domain.\n',
  'CC0-1.0': named('Creative Commons Legal Code\n\nCC0 1.0 Universal'),
  'CC-BY-4.0': named('Creative Commons Attribution 4.0 International Public License'),
  'BlueOak-1.0.0': named('# Blue Oak Model License\n\nVersion 1.0.0'),
  'Python-2.0': named(
    'PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2\n\nBEOPEN PYTHON OPEN SOURCE LICENSE AGREEMENT',
  ),
  'PSF-2.0': named('PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2'),
  Zlib: `This software is provided 'as-is', without any express or implied warranty.

1. The origin of this software must not be misrepresented.
3. This notice may not be removed or altered from any source distribution.
`,
  WTFPL: named('DO WHAT THE FUCK YOU WANT TO PUBLIC LICENSE\n        Version 2, December 2004'),
  'Artistic-2.0': named('The Artistic License 2.0'),
  'BSL-1.0': `Boost Software License - Version 1.0 - August 17th, 2003

Permission is hereby granted, free of charge, to any person or organization
obtaining a copy of the software, unless solely in the form of
machine-executable object code generated by a source language processor.
`,
  'EPL-2.0': named('Eclipse Public License - v 2.0'),
  'BUSL-1.1': named('Business Source License 1.1'),
};
