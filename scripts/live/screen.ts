// A live view that is redrawn in place. Everything goes out in one write, so there is no flicker, and no
// line is longer than the terminal, so that counting lines is counting rows.
import type { Output } from '../output.ts';
import { cut } from '../render/text.ts';

export interface Screen {
  draw(lines: readonly string[]): void;
  /** Takes the picture away: something better follows in its place. */
  clear(): void;
  /** Leaves the last picture where it is and gives the cursor back. */
  close(): void;
}

const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const CLEAR_TO_END_OF_LINE = '\u001B[K';
const CLEAR_BELOW = '\u001B[J';
const up = (rows: number): string => (rows > 0 ? `\u001B[${rows}A` : '');

export function openScreen(output: Output): Screen {
  let drawn = 0;
  let last = '';
  output.raw(HIDE_CURSOR);
  return {
    draw(lines) {
      const rows = fit(lines, output.rows - 1);
      const text = rows
        .map((line) => `${cut(line, output.columns - 1)}${CLEAR_TO_END_OF_LINE}\n`)
        .join('');
      if (text === last) return;
      output.raw(`${up(drawn)}\r${text}${CLEAR_BELOW}`);
      drawn = rows.length;
      last = text;
    },
    clear() {
      output.raw(`${up(drawn)}\r${CLEAR_BELOW}`);
      drawn = 0;
      last = '';
    },
    close: () => output.raw(SHOW_CURSOR),
  };
}

function fit(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  return [...lines.slice(0, Math.max(0, rows - 1)), `… ${lines.length - rows + 1} more lines`];
}
