// Where a variable stands. A table, because each row is a way in which a shell could be misread.
import { describe, expect, it } from 'vitest';
import { readShell } from '../../../agents/protocol/plan/shell.ts';

const positions = (template: string): string[] =>
  readShell(template).positions.map((p) => (p.kind === 'refused' ? `refused ${p.where}` : p.kind));

describe('positions', () => {
  it.each([
    ['{V}', ['bare']],
    ['a={V} b{V}c', ['bare', 'bare']],
    [`'{V}' "{V}" {V}`, ['single', 'double', 'bare']],
    [`'"{V}"' "'{V}'"`, ['single', 'double']],
    ['\\"{V}"{V}"', ['bare', 'double']],
    ["'\\'{V}", ['bare']],
    ['"$({V} "{V}")" {V}', ['bare', 'double', 'bare']],
    ["$(echo ')' {V}) {V}", ['bare', 'bare']],
    ['$(echo # )\n {V})', ['bare']],
    ['"$( (a) | (b) )" {V}', ['bare']],
    ['"$$({V})"', ['double']],
    ['# {V} "\n{V}', ['comment', 'bare']],
    ['a#{V} $#{V} ${#x}{V}', ['bare', 'bare', 'bare']],
    ['x;# {V}\n', ['comment']],
    ['a\\\n#{V}', ['bare']],
    ['a \\\n#{V}', ['comment']],
    ['(a)#{V}', ['comment']],
    ['"$(a)"#{V}', ['bare']],
    ['$x{V} "$x{V}"', ['bare', 'double']],
    ['case {V} in a) "{V}" ;; esac', ['bare', 'double']],
    ['cat <<E\n{V}"{V}\nE\n{V}', ['heredoc', 'heredoc', 'bare']],
    [`cat <<'E'\n'{V}\nE\n{V}`, ['verbatim', 'bare']],
    ['cat <<\\E\n`{V}\nE\n{V}', ['verbatim', 'bare']],
    ['cat <<"A"B\n{V}\nAB\n{V}', ['verbatim', 'bare']],
    ['cat <<E; {V}\n{V}\nE', ['bare', 'heredoc']],
    [`cat <<A <<'B'\n{V}\nA\n{V}\nB\n{V}`, ['heredoc', 'verbatim', 'bare']],
    ['$(cat <<E\n)"{V}\nE\n) {V}', ['heredoc', 'bare']],
    ['cat <<< {V} "{V}"', ['bare', 'double']],
    ['cat <<E\n${x}{V}\n E\nE\n{V}', ['heredoc', 'bare']],
    ['cat <<-E\n\tx\n\tE\n{V}', ['bare']],
  ])('%j', (template, expected) => {
    expect(positions(template)).toEqual(expected);
  });
});

describe('refusals', () => {
  it.each([
    ['`{V}` {V}', ['refused inside backticks', 'bare']],
    ['"`{V} \\` {V}`" {V}', ['refused inside backticks', 'refused inside backticks', 'bare']],
    ['$(( {V} + (1) )) {V}', ['refused inside $((…))', 'bare']],
    ['(( {V} )) {V}', ['refused inside ((…))', 'bare']],
    ['$(( "1" )) {V}', ['refused inside or after $((…))']],
    ['$((a) | {V})', ['refused inside or after $((…))']],
    ['$[1] {V}', ['refused after the old arithmetic $[…]']],
    ['${x:-{V}}', ['refused inside or after ${…} with quotes or expansions in it']],
    ['${x:-"a"} {V}', ['refused inside or after ${…} with quotes or expansions in it']],
    ["$'{V}' {V}", ["refused inside $'…'", 'bare']],
    ["$'\\'' {V}", ["refused after $'…' with a quote in it"]],
    ['\\{V} "\\{V}" {V}', ['refused behind a backslash', 'refused behind a backslash', 'bare']],
    ['[[ {V} -eq "{V}" ]] {V}', ['refused inside [[ … ]]', 'refused inside [[ … ]]', 'bare']],
    ['$(case x in a) {V};; esac)', ['refused after `case` inside $(…)']],
    ['cat <<{V}', ['refused after a here-document whose delimiter is not a plain word']],
    ["cat <<'{V}'", ['refused after a here-document whose delimiter is not a plain word']],
    ['cat <<$x\n{V}', ['refused after a here-document whose delimiter is not a plain word']],
    ['cat <<-E\n{V}\nE', ['refused inside a here-document of <<-']],
    ['cat <<E\n$x{V}\nE\n', ['refused directly behind a $name in a here-document']],
    ['cat <<E\n\\{V}\nE\n', ['refused behind a backslash']],
    [
      'cat <<E\n{V} $(a) {V}\nE\n',
      ['heredoc', 'refused in or after a here-document with a substitution before it'],
    ],
    [
      'cat <<E\n\\\nE\n{V}\nE',
      ['refused after a here-document with a backslash before its last line'],
    ],
    ['$(cat <<E) {V}', ['refused after a here-document that $(…) cuts off']],
    [
      'cat <<E "\n{V}"',
      ['refused after a here-document whose first line has a line break inside quotes'],
    ],
    ['cat <<E $({V})', ['refused after a here-document whose first line goes on with $(…)']],
    ["echo '{V}", ['refused inside something that is never closed']],
  ])('%j', (template, expected) => {
    expect(positions(template)).toEqual(expected);
  });

  it.each([
    `sh -c 'echo {V}'`,
    'sh -c {V}',
    '/bin/bash -eu -c "{V}"',
    'timeout 5 bash -o pipefail -c "a {V}"',
    `python3 -c "print('{V}')"`,
    `perl -ne'{V}'`,
    'node --eval={V}',
    'true && eval "x={V}"',
    `trap 'rm {V}' EXIT`,
    `echo "$(sh -c '{V}')"`,
  ])('code of another interpreter: %s', (template) => {
    expect(positions(template)).toEqual(['refused in the code of another interpreter']);
  });

  it.each([
    `sh -c 'echo "$1"' sh {V}`,
    'sh {V}/run.sh -c {V}',
    'python3 {V} -c',
    'echo sh; "{V}"',
    'evaluate {V}',
    `sh -c 'ls {BATCH_PATH} {ITEMS_PATH}'`,
  ])('no code: %s', (template) => {
    expect(positions(template).filter((position) => position.startsWith('refused'))).toEqual([]);
  });
});

describe('what is never closed', () => {
  it.each([
    ["echo 'a", 'a single quote', 5],
    ['echo "a', 'a double quote', 5],
    ['echo "$(a"', 'a double quote', 9],
    ['echo $(a', 'a $(…)', 5],
    ['echo `a', 'a backtick', 5],
    ['echo $((1', '$((…))', 5],
    ['cat <<E\nx\n', 'a here-document', 4],
    ['cat <<E', 'a here-document', 4],
  ])('%j', (template, what, offset) => {
    expect(readShell(template).open).toEqual({ what, offset });
  });

  it.each(['', 'a', '"a" \'b\' $(c) `d` $((1))', 'cat <<E\nE', "# don't", '\\"', '${x:-"}'])(
    '%j is closed, or in doubt',
    (template) => {
      expect(readShell(template).open).toBeNull();
    },
  );
});
