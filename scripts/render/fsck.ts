// `tutti fsck` for people. Pure: what was found in, lines out.
import type { Paint } from './paint.ts';
import { plural } from './text.ts';

export interface FsckResult {
  readonly kind: string;
  readonly path: string;
  readonly problem: string;
  readonly repair: string;
  /** Null without `--repair`. */
  readonly result: 'repaired' | 'gone' | 'left' | null;
}

export interface FsckView {
  readonly files: number;
  readonly looks: number;
  readonly results: readonly FsckResult[];
}

export function renderFsck({ files, looks, results }: FsckView, paint: Paint): string[] {
  const looked = `${plural(files, 'file')}, ${plural(looks, 'look')}`;
  if (results.length === 0) return [`${paint.green('clean')}: ${looked}`];
  const count = plural(results.length, 'breach').replace('breachs', 'breaches');
  const left = results.filter(({ result }) => result === 'left').length;
  const isRepair = results.some(({ result }) => result !== null);
  const end = isRepair
    ? `${results.length - left} mended, ${left} left`
    : `nothing was changed; ${paint.bold('tutti fsck --repair')} mends what can be mended`;
  return [
    ...results.flatMap((one) => [
      `${paint.red(one.kind)}  ${one.path}`,
      `    ${one.problem}`,
      `    ${paint.dim(outcome(one))}`,
    ]),
    `${count} in ${looked}; ${end}`,
  ];
}

function outcome({ repair, result }: FsckResult): string {
  switch (result) {
    case null:
    case 'left':
      return `repair: ${repair}`;
    case 'gone':
      return 'it was moved by somebody else meanwhile';
    case 'repaired':
      return `done: ${repair}`;
  }
}
