// What each rule must report, word for word. A rule nobody has seen fail is not a rule.
import type { RuleName } from './rules.ts';
import type { File } from './source.ts';

interface RedExample {
  readonly files: readonly File[];
  readonly breaches: readonly string[];
}

const file = (path: string, ...lines: readonly string[]): File => ({
  path,
  text: `${lines.join('\n')}\n`,
});
const red = (files: readonly File[], ...breaches: readonly string[]): RedExample => ({
  files,
  breaches,
});

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `export const v${index} = ${index};`);

/** Put together at run time, or the rules would report this file. */
const absentPage = ['docs', 'ABSENT.md'].join('/');
const absentRule = ['DESIGN', '§3'].join(' ');
const machinePath = ['', 'home', 'someone', 'tutti'].join('/');

const BRAIN_ON_GPU =
  'import table: agents/brain may not import agents/gpu; instead: move what both need into agents/protocol';

export const RED: Readonly<Record<RuleName, readonly RedExample[]>> = {
  importTable: [
    red(
      [
        file(
          'agents/brain/a.ts',
          "import { x } from '../gpu/admit.ts';",
          "export * from '../gpu/admit.ts';",
          "export const y = import('../gpu/admit.ts');",
          "import { z } from '../protocol/ids.ts';",
          "import './b.ts';",
        ),
      ],
      `agents/brain/a.ts:1: ${BRAIN_ON_GPU}`,
      `agents/brain/a.ts:2: ${BRAIN_ON_GPU}`,
      `agents/brain/a.ts:3: ${BRAIN_ON_GPU}`,
    ),
    red(
      [
        file(
          'agents/protocol/plan/a.ts',
          "import { a } from 'fastest-levenshtein';",
          "import b from 'node:fs/promises';",
        ),
      ],
      'agents/protocol/plan/a.ts:2: import table: agents/protocol/plan may not import node:fs/promises; instead: go through Disk and the functions of agents/store',
    ),
    red(
      [
        file(
          'agents/store/a.ts',
          "import type { Clock } from '../process/clock.ts';",
          "import { realClock } from '../process/clock.ts';",
          "import { execa } from 'execa';",
        ),
      ],
      'agents/store/a.ts:2: import table: agents/store may not import values of agents/process; instead: use `import type`',
      'agents/store/a.ts:3: import table: agents/store may not import execa; instead: run commands through agents/executor',
    ),
    red(
      [file('agents/attic/a.ts', 'export {};')],
      'agents/attic/a.ts:1: import table: its folder is not in the import table; instead: add a row to ROOMS in test/tidy/house.ts',
    ),
  ],
  planScripts: [
    red(
      [
        file(
          'shared/plans/p/scripts/a.mjs',
          "import fs from 'node:fs';",
          "import { b } from '../lib/b.mjs';",
          "import { c } from '../../q/lib/c.mjs';",
          "import * as z from 'zod';",
        ),
      ],
      "shared/plans/p/scripts/a.mjs:3: plan scripts: a plan's script may not import ../../q/lib/c.mjs; instead: use node:* or a file of the plan folder: plans are copied to other hosts",
      "shared/plans/p/scripts/a.mjs:4: plan scripts: a plan's script may not import zod; instead: use node:* or a file of the plan folder: plans are copied to other hosts",
    ),
  ],
  cycles: [
    red(
      [
        file('agents/gpu/a.ts', "import { b } from './b.ts';", 'export const a = b;'),
        file(
          'agents/gpu/b.ts',
          '// Back again.',
          "import type { a } from './a.ts';",
          "export { a as b } from './a.ts';",
        ),
      ],
      'agents/gpu/b.ts:2: import cycle: agents/gpu/a.ts → agents/gpu/b.ts → agents/gpu/a.ts; instead: move what both need into a third file',
      'agents/gpu/b.ts:3: import cycle: agents/gpu/a.ts → agents/gpu/b.ts → agents/gpu/a.ts; instead: move what both need into a third file',
    ),
  ],
  purity: [
    red(
      [
        file(
          'agents/protocol/a.ts',
          "import { join } from 'node:path';",
          'export const at = new Date();',
          'export const on = new Date(0);',
          'export const dice = Math.random;',
          'export const pid = process.pid;',
          'export const f = async () => await g();',
        ),
      ],
      'agents/protocol/a.ts:1: purity: node:path in a pure file; instead: take the value as an argument',
      'agents/protocol/a.ts:2: purity: new Date() in a pure file; instead: take the value as an argument',
      'agents/protocol/a.ts:4: purity: Math.random in a pure file; instead: take the value as an argument',
      'agents/protocol/a.ts:5: purity: process.pid in a pure file; instead: take the value as an argument',
      'agents/protocol/a.ts:6: purity: await in a pure file; instead: take the value as an argument',
    ),
  ],
  bannedCalls: [
    red(
      [
        file('agents/process/settings.ts', "export const home = process.env['HOME'];"),
        file(
          'agents/brain/a.ts',
          "export const home = globalThis['Math'].x, r = Math['random']();",
        ),
      ],
      'agents/brain/a.ts:1: banned call: Math.random() belongs to another place; instead: draw from the Random you were given',
    ),
  ],
  fileLength: [
    red(
      [file('agents/gpu/a.ts', ...numbered(221)), file('test/gpu/a.test.ts', ...numbered(300))],
      'agents/gpu/a.ts:221: file length: 221 lines, the limit is 220; instead: split it by concern',
    ),
  ],
  medianLength: [
    red(
      [file('agents/gpu/a.ts', ...numbered(10)), file('agents/gpu/b.ts', ...numbered(91))],
      'agents/gpu/b.ts:1: median length: the median file has 91 lines, the limit is 90; instead: split the longest files by concern',
    ),
  ],
  functionLength: [
    red(
      [
        file(
          'agents/gpu/a.ts',
          '',
          'export function long() {',
          ...Array<string>(69).fill(' //'),
          '}',
        ),
      ],
      'agents/gpu/a.ts:2: function length: a function of 71 lines, the limit is 70; instead: name its parts',
    ),
  ],
  commentShare: [
    red(
      [
        file('agents/gpu/a.ts', ...numbered(98), '/* One', 'comment. */', ''),
        file('agents/brain/a.ts', ...numbered(70), ...Array<string>(30).fill('// So it is.')),
        file('agents/store/a.ts', ...numbered(90), ...Array<string>(10).fill('// So it is.')),
      ],
      'agents/gpu:1: comment share: 2.0 % of the lines are comment, expected 5 to 25 %; instead: say why where a reader would ask',
      'agents/brain:1: comment share: 30.0 % of the lines are comment, expected 5 to 25 %; instead: cut what the code says itself',
    ),
  ],
  vagueNames: [
    red(
      [file('agents/gpu/card-utils.ts', 'export class CardManager {}', 'export const cards = 2;')],
      'agents/gpu/card-utils.ts:1: vague name: "card-utils" could be anything; instead: name what it does with the words of docs/GLOSSARY.md',
      'agents/gpu/card-utils.ts:1: vague name: "CardManager" could be anything; instead: name what it does with the words of docs/GLOSSARY.md',
    ),
  ],
  fileNames: [
    red(
      [
        file('agents/gpu/cardProbe.ts'),
        file('agents/gpu/card-probe.ts'),
        file('test/fixtures/plans/Bad Name.md'),
      ],
      'agents/gpu/cardProbe.ts:1: file name: not kebab-case; instead: lower-case words with hyphens',
    ),
  ],
  comments: [
    red(
      [
        file(
          'agents/gpu/a.ts',
          '// TODO: later',
          '// ==========',
          '/** @param {string} a what it is */',
          "export const text = '// TODO in a string is data';",
        ),
      ],
      'agents/gpu/a.ts:1: open end: TODO: later; instead: do it, or open an issue',
      'agents/gpu/a.ts:2: banner: ==========; instead: let the file be short enough without',
      'agents/gpu/a.ts:3: typed tag: * @param {string} a what it is; instead: the signature has the type',
    ),
  ],
  references: [
    red(
      [
        file(
          'agents/gpu/a.ts',
          `// As ${absentPage} says, and docs/GLOSSARY.md.`,
          `// ${absentRule}, rule 6.`,
        ),
        file('docs/GLOSSARY.md'),
      ],
      `agents/gpu/a.ts:1: reference: ${absentPage} is not in the tree; instead: name a page of docs/ (the numbered rules are in docs/ARCHITECTURE.md)`,
      `agents/gpu/a.ts:2: reference: ${absentRule.slice(0, -1)} is not in the tree; instead: name a page of docs/ (the numbered rules are in docs/ARCHITECTURE.md)`,
    ),
  ],
  machinePaths: [
    red(
      [file('docs/X.md', 'See', `  "${machinePath}/docs"`, 'and https://example.org/home/page')],
      `docs/X.md:2: machine path: "${machinePath.slice(0, -'/tutti'.length)}; instead: a path relative to the project or to shared/`,
    ),
  ],
  lockHosts: [
    red(
      [file('package-lock.json', '{', '  "resolved": "https://packages.example/zod.tgz"', '}')],
      'package-lock.json:2: lock host: "resolved": "https://packages.example/zod.tgz"; instead: npm install with the .npmrc of the project',
    ),
  ],
  lockComplete: [
    red(
      [
        file(
          'package-lock.json',
          '{ "packages": { "node_modules/a": { "optionalDependencies": {',
          '  "a-linux": "1.0.0",',
          '  "a-darwin": "1.0.0"',
          '} }, "node_modules/a-linux": {} } }',
        ),
      ],
      'package-lock.json:3: lock complete: a-darwin of node_modules/a is missing; instead: write the lock file where the registry offers every platform',
    ),
  ],
  testMirror: [
    red(
      [
        file('agents/gpu/a.ts'),
        file('test/gpu/a.test.ts'),
        file('test/helpers/b.ts'),
        file('test/misc/c.test.ts'),
        file('test/d.test.ts'),
      ],
      'test/misc/c.test.ts:1: test mirror: test/misc mirrors no folder of agents/; instead: move it beside what it tests, or list it in test/tidy/house.ts',
    ),
  ],
  testNames: [
    red(
      [file('agents/gpu/a.test.ts'), file('test/gpu/a.spec.ts'), file('test/gpu/b.test.ts')],
      'agents/gpu/a.test.ts:1: test place: not where tests are looked for; instead: test/<folder>/<name>.test.ts',
      'test/gpu/a.spec.ts:1: test place: not where tests are looked for; instead: test/<folder>/<name>.test.ts',
    ),
  ],
};
