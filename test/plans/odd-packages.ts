// A node_modules of odd packages, as a table: what lies in each folder, and what the inventory must make of it.
import { COMMONS_CLAUSE, GPL_3_NOTICE, RELATIVES, TEXTS, mit } from './license-texts.ts';

export interface OddPackage {
  /** Below node_modules. */
  readonly folder: string;
  /** File name → content. package.json may be given as an object; it gets the folder's name and 1.0.0. */
  readonly files: Readonly<Record<string, string | Buffer | object>>;
  readonly license: string;
  readonly source: 'package.json' | 'license file' | 'readme' | null;
  readonly isConflict?: boolean;
  /** Must be said by one piece of the evidence. */
  readonly says: string;
}

const declared = (
  folder: string,
  fields: object,
  license: string,
  rest: Partial<OddPackage> = {},
): OddPackage => ({
  folder,
  license,
  source: 'package.json',
  says: 'license',
  ...rest,
  files: { 'package.json': fields, ...rest.files },
});

/** Every text, undeclared, under the name that its licence file often has. */
const undeclared = Object.entries(TEXTS).map(([license, text], index): OddPackage => ({
  folder: `text-${license.toLowerCase()}`,
  files: {
    'package.json': {},
    [['LICENSE', 'LICENCE.md', 'COPYING', 'license.txt', 'MIT-LICENSE'][index % 5]!]: text,
  },
  license,
  source: 'license file',
  says: `text of ${license}`,
}));

const spelled = [
  ['mit', 'MIT'],
  ['Apache 2.0', 'Apache-2.0'],
  ['Apache License, Version 2.0', 'Apache-2.0'],
  ['The MIT License (MIT)', 'MIT'],
  ['GPLv3+', 'GPL-3.0-or-later'],
  ['GPL-2.0', 'GPL-2.0-only'],
  ['MIT/Apache-2.0', '(MIT OR Apache-2.0)'],
  ['MIT OR (ISC AND BSD-2-Clause)', '(MIT OR (ISC AND BSD-2-Clause))'],
  ['GPL-2.0-only WITH Classpath-exception-2.0', 'GPL-2.0-only WITH Classpath-exception-2.0'],
  ['Public Domain', 'LicenseRef-Public-Domain'],
  ['LicenseRef-ours', 'LicenseRef-ours'],
].map(([spelling, license], index) =>
  declared(`spelled-${index}`, { license: spelling }, license!, {
    says: `license: ${JSON.stringify(spelling)}`,
  }),
);

const fromFields: readonly OddPackage[] = [
  declared('as-object', { license: { type: 'ISC', url: 'https://example.org' } }, 'ISC'),
  declared(
    'as-list',
    { licenses: [{ type: 'MIT' }, { type: 'Apache 2.0' }] },
    '(MIT OR Apache-2.0)',
  ),
  declared('closed', { license: 'UNLICENSED' }, 'UNLICENSED', { says: 'license: "UNLICENSED"' }),
  declared('points', { license: 'SEE LICENSE IN TERMS.txt' }, 'BSD-3-Clause', {
    files: { 'TERMS.txt': TEXTS['BSD-3-Clause']! },
    source: 'license file',
  }),
  declared('points-nowhere', { license: 'SEE LICENSE IN GONE.txt' }, 'unknown', {
    source: null,
    says: 'package.json points to GONE.txt, which is not there',
  }),
  declared('points-outside', { license: 'SEE LICENSE IN ../../secret.txt' }, 'unknown', {
    source: null,
    says: 'not read: it lies outside of the package',
  }),
  declared('family', { license: 'BSD' }, 'BSD-2-Clause', {
    files: { LICENSE: TEXTS['BSD-2-Clause']! },
  }),
  declared('family-alone', { license: 'BSD' }, 'unknown', {
    source: null,
    says: 'package.json names a family of licences, and no text says which of them',
  }),
  declared('family-of-two', { license: 'BSD' }, 'unknown', {
    files: { 'LICENSE-2': TEXTS['BSD-2-Clause']!, 'LICENSE-3': TEXTS['BSD-3-Clause']! },
    source: null,
    says: 'several licences are stated (BSD-2-Clause, BSD-3-Clause), and not how they combine',
  }),
  declared('family-of-others', { license: 'GPL' }, 'MIT', {
    files: { LICENSE: mit() },
    source: 'license file',
    isConflict: true,
    says: 'license: "GPL"',
  }),
  declared('unclear', { license: 'Ask me' }, 'unknown', {
    source: null,
    says: 'nothing in the package states a licence we know',
  }),
  declared('number', { license: 7 }, 'unknown', { source: null, says: 'license: 7' }),
];

const contradicting: readonly OddPackage[] = [
  declared('conflict', { license: 'MIT' }, 'MIT', {
    files: { LICENSE: TEXTS['GPL-3.0-only']! },
    isConflict: true,
    says: 'text of GPL-3.0-only',
  }),
  declared('conflict-readme', { license: 'ISC' }, 'ISC', {
    files: { 'README.md': '# X\n\n## License\n\nMIT © Eve\n\n## Else\n\nApache-2.0\n' },
    isConflict: true,
    says: 'names MIT',
  }),
  declared('commons-clause', { license: 'MIT' }, 'MIT', {
    files: { LICENSE: COMMONS_CLAUSE },
    isConflict: true,
    says: 'text of MIT, with a "Commons Clause"',
  }),
  declared('same-family', { license: 'GPL-3.0-only' }, 'GPL-3.0-only', {
    files: { LICENSE: GPL_3_NOTICE },
    says: 'text of GPL-3.0-or-later',
  }),
];

const fromText: readonly OddPackage[] = [
  {
    folder: 'readme-only',
    files: { 'package.json': {}, 'readme.markdown': 'X\n=\n\nLicense\n-------\n\nMIT © Fay\n' },
    license: 'MIT',
    source: 'readme',
    says: 'names MIT',
  },
  {
    folder: 'lesser',
    files: {
      'package.json': {},
      COPYING: TEXTS['GPL-3.0-only']!,
      'COPYING.LESSER': TEXTS['LGPL-3.0-only']!,
    },
    license: 'LGPL-3.0-only',
    source: 'license file',
    says: 'text of LGPL-3.0-only',
  },
  {
    folder: 'dual',
    files: {
      'package.json': {},
      'LICENSE-APACHE': `Dual-licensed.\n\n${TEXTS['Apache-2.0']!}`,
      'LICENSE-MIT': mit(),
    },
    license: '(Apache-2.0 OR MIT)',
    source: 'license file',
    says: 'text of MIT',
  },
  {
    folder: 'two-texts',
    files: { 'package.json': {}, 'LICENSE-A': mit(), 'LICENSE-B': TEXTS['Zlib']! },
    license: 'unknown',
    source: null,
    says: 'several licences are stated (MIT, Zlib), and not how they combine',
  },
  {
    folder: 'bundles',
    files: {
      'package.json': {},
      'LICENSE.md': `${mit()}\n# Licenses of bundled dependencies\n\n${TEXTS['ISC']!}`,
      NOTICE: 'This product includes software developed at Gil.',
    },
    license: 'MIT',
    source: 'license file',
    says: 'text of MIT',
  },
  {
    folder: 'commented',
    files: { 'package.json': {}, LICENSE: `/*\n${mit().replaceAll(/^/gm, ' * ')}*/\n` },
    license: 'MIT',
    source: 'license file',
    says: 'text of MIT',
  },
  {
    folder: 'windows',
    files: { 'package.json': {}, LICENSE: Buffer.from(`\uFEFF${mit()}`, 'utf16le') },
    license: 'MIT',
    source: 'license file',
    says: 'text of MIT',
  },
];

const resembling = Object.entries(RELATIVES).map(([name, text]): OddPackage => ({
  folder: `resembling-${name}`,
  files: { 'package.json': {}, LICENSE: text },
  license: 'unknown',
  source: null,
  says: 'no licence text we know',
}));

const damaged: readonly OddPackage[] = [
  {
    folder: 'broken',
    files: { 'package.json': '{"name": "broken", ' },
    license: 'unknown',
    source: null,
    says: 'not valid JSON',
  },
  {
    folder: 'broken-with-text',
    files: { 'package.json': '[]', LICENSE: mit() },
    license: 'MIT',
    source: 'license file',
    says: 'not a JSON object',
  },
  {
    folder: 'binary',
    files: { 'package.json': {}, LICENSE: Buffer.concat([Buffer.alloc(9), Buffer.from(mit())]) },
    license: 'unknown',
    source: null,
    says: 'a binary file',
  },
  {
    folder: 'huge',
    files: {
      'package.json': {},
      LICENSE: `${mit()}${' '.repeat(600_000)}\n${'word '.repeat(300_000)}`,
    },
    license: 'MIT',
    source: 'license file',
    says: 'text of MIT, only its start was read',
  },
  {
    folder: 'code-called-license',
    files: { 'package.json': {}, 'license.js': `// ${mit()}` },
    license: 'unknown',
    source: null,
    says: 'no licence file',
  },
  declared('with-mark', {}, 'MIT', {
    files: { 'package.json': '\uFEFF{"name": "with-mark", "version": "1.0.0", "license": "MIT"}' },
  }),
];

const named: readonly OddPackage[] = [
  declared('@scope/inside', { license: 'MIT' }, 'MIT'),
  declared('no-name', { name: undefined, license: 'MIT' }, 'MIT'),
  declared(`we"ird 'na\nme ☃`, { license: 'MIT' }, 'MIT'),
  declared('$(touch pwned)', { license: 'MIT' }, 'MIT'),
  declared('markup', { name: '**b** <i>[x](y)`', version: '1\n# 2', license: 'MIT' }, 'MIT', {
    files: { LICENSE: `${mit('Copyright (c) 2020 <b>`*')}\n\`\`\`\`\nlate\n` },
  }),
  declared('no-version', { version: undefined, license: 'MIT' }, 'MIT'),
  declared('Upper', { license: 'MIT' }, 'MIT'),
  declared('upper', { license: 'MIT' }, 'MIT'),
  declared('outer/node_modules/upper', { name: 'upper', license: 'MIT' }, 'MIT'),
  declared('outer', { license: 'MIT' }, 'MIT', {
    files: { 'dist/esm/package.json': '{"type": "module"}', 'node_modules/.bin/x': '' },
  }),
];

export const ODD_PACKAGES: readonly OddPackage[] = [
  ...undeclared,
  ...spelled,
  ...fromFields,
  ...contradicting,
  ...fromText,
  ...resembling,
  ...damaged,
  ...named,
];
