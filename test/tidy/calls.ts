// Calls that the design keeps in one place, each with the call that replaces it.
import { PURE } from './house.ts';
import { codeIn, sourceOf } from './source.ts';
import type { Breach, File, Rule } from './source.ts';

interface Ban {
  readonly call: RegExp;
  /** Where the rule holds, and the files inside that are the one place. */
  readonly folders: readonly string[];
  readonly home: RegExp;
  readonly instead: string;
  /** A line that it must report: a ban that nobody has seen at work is none. */
  readonly example: string;
}

const CODE = ['agents', 'scripts'];
const CLOCK = /^agents\/process\/clock\.ts$/;
const NOWHERE = /^$/;

export const BANS: readonly Ban[] = [
  {
    call: /^process\.env$/,
    folders: CODE,
    home: /^agents\/process\/settings\.ts$/,
    instead: 'read it in agents/process/settings.ts, where flags, environment and config.json meet',
    example: "const home = process.env['HOME'];",
  },
  {
    call: /^(Date\.now|new Date)\(\)$/,
    folders: CODE,
    home: CLOCK,
    instead: 'ask Clock.wall() of the clock you were given',
    example: 'const now = Date.now();',
  },
  {
    call: /^performance\.now\(\)$/,
    folders: CODE,
    home: CLOCK,
    instead: 'ask Clock.monotonicMs() of the clock you were given',
    example: 'const now = performance.now();',
  },
  {
    call: /^(setTimeout|setInterval|setImmediate)\(\)$/,
    folders: CODE,
    home: CLOCK,
    instead: 'await clock.sleep(ms, signal)',
    example: 'setTimeout(run, 5);',
  },
  {
    call: /^(setTimeout|setInterval|(real)?[cC]lock\.sleep)\(\)$/,
    folders: ['test'],
    home: /^test\/(helpers|process|fixtures)\//,
    instead: 'poll with eventually() from test/helpers: a bare sleep is too long and too short',
    example: 'await realClock.sleep(100);',
  },
  {
    call: /^Math\.random\(\)$/,
    folders: CODE,
    home: CLOCK,
    instead: 'draw from the Random you were given',
    example: 'const dice = Math.random();',
  },
  {
    call: /^console\.\w+$/,
    folders: ['agents', 'test'],
    home: /^test\/fixtures\//,
    instead: 'log through agents/process (tests: say it in the assertion)',
    example: "console.log('here');",
  },
  {
    call: /(^|\.)\w+Sync\(\)$/,
    folders: CODE,
    home: /^agents\/(process|store)\//,
    instead: 'use the asynchronous form: no loop blocks',
    example: 'fs.renameSync(from, to);',
  },
  {
    call: /^(it|test|describe|suite)\.(only|skip|todo|fails)$/,
    folders: ['test'],
    home: NOWHERE,
    instead: 'fix or delete the test; what a machine lacks goes into skipIf with its reason',
    example: "it.only('one', run);",
  },
];

/** Every call of BANS outside its home. */
export const bannedCalls: Rule = (files) =>
  BANS.flatMap(({ call, folders, home, instead }) =>
    files
      .filter((file) => codeIn(...folders)(file) && !home.test(file.path))
      .flatMap((file) =>
        sourceOf(file)
          .mentions.filter(({ name }) => call.test(name))
          .map(({ name, line }) => ({
            file: file.path,
            line,
            rule: 'banned call',
            problem: `${name} belongs to another place`,
            instead,
          })),
      ),
  );

const IMPURE =
  /^(process\.\w+|performance\.\w+|crypto\.\w+|console\.\w+|Math\.random|(Date\.now|new Date|setTimeout|setInterval|setImmediate|queueMicrotask|fetch)\(\))$/;

/** The files that decide are pure: the same answer for the same arguments, for ever. */
export const purity: Rule = (files) => {
  const breachOf = (file: File, line: number, what: string): Breach => ({
    file: file.path,
    line,
    rule: 'purity',
    problem: `${what} in a pure file`,
    instead: 'take the value as an argument',
  });
  const isPure = ({ path }: File): boolean =>
    path.endsWith('.ts') && PURE.some((pattern) => pattern.test(path));
  return files.filter(isPure).flatMap((file) => {
    const { imports, mentions, awaits } = sourceOf(file);
    return [
      ...imports
        .filter(({ specifier }) => specifier.startsWith('node:'))
        .map(({ specifier, line }) => breachOf(file, line, specifier)),
      ...mentions
        .filter(({ name }) => IMPURE.test(name))
        .map(({ name, line }) => breachOf(file, line, name)),
      ...awaits.map((line) => breachOf(file, line, 'await')),
    ].toSorted((a, b) => a.line - b.line);
  });
};
