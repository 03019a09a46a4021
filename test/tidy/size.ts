// How long files and functions may get, and how much of a folder may be comment.
import { LIMITS } from './house.ts';
import { codeIn, sourceOf } from './source.ts';
import type { Breach, File, Rule, Source } from './source.ts';

const isTest = (file: File): boolean => file.path.startsWith('test/');
const ours = codeIn('agents', 'scripts', 'test');

/** No file longer than a reader can hold. */
export const fileLength: Rule = (files) =>
  files.filter(ours).flatMap((file) => {
    const { lines } = sourceOf(file);
    const limit = isTest(file) ? LIMITS.testFileLines : LIMITS.fileLines;
    if (lines.length <= limit) return [];
    const problem = `${lines.length} lines, the limit is ${limit}`;
    const instead = 'split it by concern';
    return [{ file: file.path, line: limit + 1, rule: 'file length', problem, instead }];
  });

/** Short files are the habit, not only the limit. */
export const medianLength: Rule = (files) => {
  const lengths = files
    .filter(codeIn('agents', 'scripts'))
    .map((file) => ({ path: file.path, count: sourceOf(file).lines.length }))
    .toSorted((a, b) => a.count - b.count);
  const middle = lengths[Math.floor(lengths.length / 2)];
  if (middle === undefined || middle.count <= LIMITS.medianLines) return [];
  const problem = `the median file has ${middle.count} lines, the limit is ${LIMITS.medianLines}`;
  const instead = 'split the longest files by concern';
  return [{ file: middle.path, line: 1, rule: 'median length', problem, instead }];
};

/** In tests only the files around them count: the callback of a `describe` is a chapter, no function. */
export const functionLength: Rule = (files) =>
  files
    .filter((file) => ours(file) && !file.path.endsWith('.test.ts'))
    .flatMap((file) =>
      sourceOf(file)
        .functions.filter(({ lines }) => lines > LIMITS.functionLines)
        .map(({ line, lines }) => ({
          file: file.path,
          line,
          rule: 'function length',
          problem: `a function of ${lines} lines, the limit is ${LIMITS.functionLines}`,
          instead: 'name its parts',
        })),
    );

interface Share {
  lines: number;
  comments: number;
}

function countComments(source: Source, text: string): Share {
  // Offsets count UTF-16 units, which spreading would not.
  const blank = text.split('');
  for (const { start, end } of source.comments) {
    for (let at = start; at < end; at++) if (text[at] !== '\n') blank[at] = ' ';
  }
  const isBlank = (line: string): boolean => line.trim() === '';
  const lines = source.lines.filter((line) => !isBlank(line)).length;
  const code = blank
    .join('')
    .split('\n')
    .filter((line) => !isBlank(line)).length;
  return { lines, comments: lines - code };
}

const SMALL_LINES = 100;

/** Whole-line comments in percent of the lines that are not blank, per folder; small folders are left alone. */
export const commentShare: Rule = (files) => {
  const folders = new Map<string, Share>();
  for (const file of files.filter(codeIn('agents', 'scripts'))) {
    const share = countComments(sourceOf(file), file.text);
    const folder = file.path
      .split('/')
      .slice(0, file.path.startsWith('agents/') ? 2 : 1)
      .join('/');
    const sum = folders.get(folder) ?? { lines: 0, comments: 0 };
    folders.set(folder, {
      lines: sum.lines + share.lines,
      comments: sum.comments + share.comments,
    });
  }
  return [...folders].flatMap(([folder, { lines, comments }]): Breach[] => {
    const percent = (100 * comments) / lines;
    const { commentPercentMin: min, commentPercentMax: max } = LIMITS;
    if (lines < SMALL_LINES || (percent >= min && percent <= max)) return [];
    const problem = `${percent.toFixed(1)} % of the lines are comment, expected ${min} to ${max} %`;
    const instead =
      percent < min ? 'say why where a reader would ask' : 'cut what the code says itself';
    return [{ file: folder, line: 1, rule: 'comment share', problem, instead }];
  });
};
