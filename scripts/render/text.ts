// Pieces of text that every view shares: durations, sizes, columns. Pure.
import type { Paint } from './paint.ts';

/** `340 ms`, `1.5 s`, `12 s`, `3 m 12 s`, `2 h 5 m`, `3 d 4 h`: two units at most. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return pair(minutes, 'm', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return pair(hours, 'h', minutes % 60, 'm');
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

const pair = (large: number, unit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;

export const plural = (count: number, word: string): string =>
  `${count} ${count === 1 ? word : `${word}s`}`;

/** Removes SGR codes: what is left is what takes up columns. */
export const bare = (text: string): string =>
  // oxlint-disable-next-line no-control-regex
  text.replaceAll(/\u001B\[\d+m/g, '');

/** Cuts to `width` columns, keeping colour codes whole: what they open they close. */
export function cut(text: string, width: number): string {
  if (bare(text).length <= width) return text;
  let left = Math.max(0, width - 1);
  let kept = '';
  // oxlint-disable-next-line no-control-regex
  for (const part of text.split(/(\u001B\[\d+m)/)) {
    const isCode = part.startsWith('\u001B');
    kept += isCode ? part : part.slice(0, left);
    if (!isCode) left = Math.max(0, left - part.length);
  }
  return `${kept}…`;
}

const pad = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - bare(text).length));

/** Aligned columns, two spaces apart; the last one is left ragged. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      if (index < row.length - 1) widths[index] = Math.max(widths[index] ?? 0, bare(cell).length);
    }
  }
  return rows.map((row) => {
    const cells = row.map((cell, index) =>
      index < row.length - 1 ? pad(cell, widths[index] ?? 0) : cell,
    );
    return `${indent}${cells.join('  ')}`.trimEnd();
  });
}

/** Colour of a task's or a batch's state, the same in every view. */
export function stateColour(state: string, paint: Paint): (text: string) => string {
  switch (state) {
    case 'complete':
    case 'alive':
      return paint.green;
    case 'running':
    case 'queued':
    case 'submitted':
    case 'accepted':
      return paint.cyan;
    case 'failed':
    case 'rejected':
    case 'dead':
    case 'lost':
      return paint.red;
    case 'retrying':
    case 'paused':
    case 'reserved':
    case 'cancelling':
    case 'constrained':
    case 'unknown':
      return paint.yellow;
    default:
      return paint.dim;
  }
}

export const painted = (state: string, paint: Paint): string => stateColour(state, paint)(state);
