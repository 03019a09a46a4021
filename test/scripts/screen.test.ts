import { expect, it } from 'vitest';
import type { Output } from '../../scripts/output.ts';
import { plain } from '../../scripts/render/paint.ts';
import { openScreen } from '../../scripts/live/screen.ts';

/** A terminal that keeps what it was sent. */
function fakeTerminal(columns: number, rows: number): { output: Output; sent: string[] } {
  const sent: string[] = [];
  const nothing = (): void => undefined;
  const output: Output = {
    line: nothing,
    json: nothing,
    note: nothing,
    raw: (text) => void sent.push(String(text)),
    isTerminal: true,
    columns,
    rows,
    paint: plain,
    notePaint: plain,
  };
  return { output, sent };
}

/** What a person sees after all that was sent: enough of ECMA-48 for what the screen uses. */
function seen(sent: readonly string[]): string[] {
  const lines: string[] = [];
  let row = 0;
  // oxlint-disable-next-line no-control-regex
  for (const [, code, text] of sent.join('').matchAll(/\u001B\[(\??\d*[A-Za-z])|([^\u001B]+)/g)) {
    if (text !== undefined) {
      for (const part of text.split(/(\n)/)) {
        if (part === '\n') row += 1;
        else if (part !== '\r' && part !== '') lines[row] = part.replace('\r', '');
      }
    } else if (code!.endsWith('A')) row -= Number(code!.slice(0, -1));
    else if (code === 'J') lines.length = row;
  }
  return lines;
}

it('redraws in place, in one write, and not at all when nothing changed', () => {
  const { output, sent } = fakeTerminal(40, 10);
  const screen = openScreen(output);
  screen.draw(['one', 'two', 'three']);
  screen.draw(['one', 'TWO']);
  expect(seen(sent)).toEqual(['one', 'TWO']);
  const writes = sent.length;
  screen.draw(['one', 'TWO']);
  expect(sent).toHaveLength(writes);
  screen.clear();
  expect(seen(sent)).toEqual([]);
});

it('never draws more than the terminal holds', () => {
  const { output, sent } = fakeTerminal(10, 4);
  const screen = openScreen(output);
  screen.draw(['a'.repeat(20), 'b', 'c', 'd', 'e']);
  expect(seen(sent)).toEqual(['aaaaaaaa…', 'b', '… 3 more…']);
});

it('hides the cursor and gives it back', () => {
  const { output, sent } = fakeTerminal(40, 10);
  openScreen(output).close();
  expect(sent).toEqual(['\u001B[?25l', '\u001B[?25h']);
});
