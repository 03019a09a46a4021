// docs/PROTOCOL.md as a list of patterns: the table of every file there may be below shared/.
import { compilePattern } from '../../agents/protocol/files.ts';
import type { FilePattern } from '../../agents/protocol/files.ts';

export interface Row extends FilePattern {
  readonly isOptional: boolean;
  /** The word in the column `sync`. */
  readonly way: string;
}

/** The rows of the table under `## Every file`; its last columns are `sync` and `optional`. */
export function rowsOf(page: string): Row[] {
  const section = page.slice(page.indexOf('\n## Every file'));
  const lines = section.slice(0, section.indexOf('\n## ', 1)).split('\n');
  return lines.flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const pattern = /^`([^`]+)`$/.exec(cells[1] ?? '')?.[1];
    if (pattern === undefined) return [];
    const [way = '', optional] = cells.slice(-3, -1);
    return [{ ...compilePattern(pattern), way, isOptional: optional === 'yes' }];
  });
}
