// No value becomes code: real shells run what was rendered, and each value must come out as it went in.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { readShell } from '../../../agents/protocol/plan/shell.ts';
import { renderCommand, renderItems } from '../../../agents/protocol/plan/variables.ts';

const folder = mkdtempSync(join(tmpdir(), 'tutti-quoting-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** `sh`, and what else of the POSIX shells this machine has. */
const SHELLS = [['sh'], ['dash'], ['bash'], ['bash', '--posix'], ['busybox', 'sh']].filter(
  ([file]) => spawnSync(file!, ['-c', 'exit 0']).error === undefined,
);

function run(shell: readonly string[], script: string): { output: string; status: number | null } {
  const file = join(folder, 'script');
  writeFileSync(file, script);
  const [program, ...args] = shell;
  const options = { cwd: folder, encoding: 'utf8', maxBuffer: 1e9, timeout: 30_000 } as const;
  const { stdout, status } = spawnSync(program!, [...args, file], options);
  return { output: stdout, status };
}

/** Each prints the value between two markers; `\u0001` cannot be told apart from quoting by accident. */
const TEMPLATES = [
  'printf "<%s>\\n" {ITEM}',
  `printf '<%s>\\n' 'a{ITEM}b'`,
  'x=set; printf "<%s>\\n" "a $x{ITEM}$x b"',
  'printf "<%s>\\n" a{ITEM}"{ITEM}"\'{ITEM}\'',
  'printf "<%s>\\n" "$(printf %s {ITEM}; printf %s "{ITEM}" "$(printf %s \'{ITEM}\')"; echo .)"',
  'cat <<END\n<{ITEM}> "{ITEM}"\nEND',
  `cat <<'END' # {ITEM}\n<{ITEM}>\nEND`,
  'x={ITEM} y="{ITEM}"; printf "<%s>\\n" "$x" "$y"',
  'case {ITEM} in "{ITEM}") echo "<same>" ;; *) echo "<other>" ;; esac',
  `f() { printf '<%s>\\n' "$1"; }; f {ITEM} && { f "-{ITEM}"; } | cat`,
];

function expected(template: number, value: string): string {
  const lines = [
    `<${value}>`,
    `<a${value}b>`,
    `<a set${value}set b>`,
    `<a${value}${value}${value}>`,
    `<${value}${value}${withoutLineEnds(value)}.>`,
    `<${value}> "${value}"`,
    `<${value}>`,
    `<${value}>\n<${value}>`,
    '<same>',
    `<${value}>\n<-${value}>`,
  ];
  return `${lines[template]}\n`;
}

/** What `$(…)` leaves of a text. */
const withoutLineEnds = (text: string): string => text.replace(/\n+$/, '');

const SEPARATOR = '--8<--';

/** What each shell prints for all templates and values. */
function printed(values: readonly string[]): string[][] {
  const script = values
    .flatMap((item) => TEMPLATES.map((template) => renderCommand(template, { values: {}, item })))
    .map((command) => `${command}\nprintf '%s' '${SEPARATOR}'\n`)
    .join('');
  return SHELLS.map((shell) => run(shell, script).output.split(SEPARATOR).slice(0, -1));
}

function wanted(values: readonly string[]): string[][] {
  const texts = values.flatMap((value) => TEMPLATES.map((_, index) => expected(index, value)));
  return SHELLS.map(() => texts);
}

const isPwned = (): boolean => existsSync(join(folder, 'pwned'));

it('known dangers', () => {
  const values = [
    'a b;$(touch pwned)',
    '`touch pwned`',
    "'; touch pwned; '",
    '"; touch pwned; "',
    '\\"; touch pwned; \\"',
    '$(touch pwned',
    '-rf',
    '-n',
    '',
    ' ',
    '\n',
    '\n\n a \n\n',
    'line\r\nline',
    '*',
    '~',
    '!!',
    '#',
    '\\',
    '\\\\',
    'ends with a backslash \\',
    'naïve 東京 🎵 \u202Eabc',
    '{ITEM} {{ITEM}} ${HOME} $HOME $$ $0',
    "it's 5 o'clock",
    '$',
    '\t|&;<>()',
    "EOF\nEOF 'END' END ",
    'x'.repeat(100_000),
  ];
  expect(printed(values)).toEqual(wanted(values));
  expect(isPwned()).toBe(false);
});

it('any value', () => {
  const piece = fc.constantFrom("'", '"', '`', '$', '(', ')', '{', '}', '\\', '\n', ';', '#', ' ');
  const value = fc
    .array(fc.oneof(piece, piece, fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 12 })
    .map((parts) => parts.join('').replaceAll('\0', ''))
    // Half of a surrogate pair is no text that a file could hold.
    .filter(
      (text) => !/\p{Surrogate}/u.test(text) && !text.includes('END') && !text.includes(SEPARATOR),
    );
  const values = fc.array(value, { minLength: 30, maxLength: 30 });
  fc.assert(
    fc.property(values, (list) => {
      expect(printed(list)).toEqual(wanted(list));
      expect(isPwned()).toBe(false);
    }),
    { numRuns: 8, endOnFailure: true },
  );
});

/** Words between spaces; `~` stands for a space and `⏎` for a line break. */
const listOf = (text: string): string[] =>
  text
    .split('\n')
    .flatMap((line) =>
      line.split(' ').map((word) => word.replaceAll('~', ' ').replaceAll('⏎', '\n')),
    );

const FRAGMENTS =
  listOf(`{ITEM} {ITEM} {ITEM} "{ITEM}" '{ITEM}' {{ITEM}} ' " ' " \` \\ # ⏎ ⏎ ⏎ ~ ~ ; | ( ) < = ! 1
$ $( "$( )" ) \${x} \${x:- } $(( )) (( $' $$ $x $[ ] \\⏎ && ~<<E⏎ ⏎E⏎ ~<<'E'⏎ <<\\E⏎ <<-E⏎ <<"E"⏎
[[~ ~]] {~ ;~} ~case~ ~in~ ~esac~ ;; b) if~ ~then~ ~fi~ echo~ echo~ ~x=`);
const ATTACKS =
  listOf(`;>pwned; ⏎>pwned⏎ $(>pwned) \`>pwned\` ';>pwned;' ";>pwned;" ⏎E⏎>pwned⏎ )⏎>pwned⏎
'⏎>pwned⏎' \\ "$(>pwned)" }$(>pwned) \\";>pwned;" \\';>pwned;' ));>pwned; a[$(>pwned)] # ⏎)⏎>pwned;⏎ '⏎E⏎>pwned⏎`);

it('no attack gets out of any position that is not refused', () => {
  const template = fc
    .array(fc.constantFrom(...FRAGMENTS), { minLength: 2, maxLength: 12 })
    .map((parts) => `echo ${parts.join('')}`)
    .filter((text) => text.includes('{ITEM}'))
    .filter((text) => {
      const { open, positions } = readShell(text);
      return open === null && positions.every(({ kind }) => kind !== 'refused');
    });
  const attack = fc.array(fc.constantFrom(...ATTACKS), { minLength: 1, maxLength: 2 });
  const property = fc.property(template, attack, (text, parts) => {
    let script: string;
    try {
      script = renderCommand(text, { values: {}, item: parts.join('') });
    } catch {
      return;
    }
    for (const shell of SHELLS) run(shell, script);
    expect(isPwned()).toBe(false);
  });
  fc.assert(property, { numRuns: 150, endOnFailure: true });
});

it('a batch ends at the first item that fails, with its status, also under set -e', () => {
  const scope = { values: {} };
  const stops = renderItems('echo {ITEM}; exit {ITEM}', scope, [0, 7, 0]);
  const strict = renderItems('set -e; [ {ITEM} = good ]; echo {ITEM}', scope, [
    'good',
    'bad',
    'good',
  ]);
  for (const shell of SHELLS) {
    expect(run(shell, stops)).toEqual({ output: '0\n7\n', status: 7 });
    expect(run(shell, strict)).toEqual({ output: 'good\n', status: 1 });
  }
});
