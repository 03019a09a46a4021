// Rows as text: Markdown as prettier writes it, for the terminal and for docs/PERFORMANCE.md. Pure.
import type { Row } from './sample.ts';

export const number = (value: number): string => {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
};

export const HEAD: readonly string[] = [
  '',
  'what',
  'unit',
  'median',
  'min',
  'max',
  'runs',
  'ratio',
  'target',
];

export const cellsOf = (row: Row): string[] => [
  row.scenario,
  row.what,
  row.unit,
  number(row.median),
  number(row.min),
  number(row.max),
  String(row.runs),
  row.ratio === null ? '' : `${row.ratio.value.toFixed(2)} × ${row.ratio.of}`,
  row.target === null ? '' : `${row.target.text}: ${row.target.isMet ? 'met' : 'not met'}`,
];

/** With every column as wide as its widest cell. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** For a terminal, while the rows come in. */
export const lineOf = (row: Row): string => {
  const [scenario, what, unit, middle, min, max, runs, ratio, target] = cellsOf(row);
  const spread = `${min} … ${max} (${runs})`;
  return [
    scenario!.padEnd(6),
    what!.padEnd(48),
    `${middle} ${unit}`.padEnd(22),
    spread.padEnd(28),
    ratio!.padEnd(22),
    target,
  ]
    .join(' ')
    .trimEnd();
};
