// Markdown to a list of top-level nodes. The parser's time grows with the square of the document, and a
// brain that reads a plan of thousands of tasks must not stop for minutes, so long documents are
// parsed in pieces. A piece begins only at a heading that is one for certain; in doubt it is all one piece.
import type { Nodes, RootContent } from 'mdast';
import { remark } from 'remark';

const PIECE_CHARS = 8192;

/** HTML that runs on over blank lines until its own end: headings inside it are none. */
const LONG_HTML = /^ {0,3}<(?:[!?]|(?:pre|script|style|textarea)\b)/im;

export function parseMarkdown(text: string): RootContent[] {
  const parser = remark();
  return piecesOf(text).flatMap(({ start, line, end }) => {
    const nodes = parser.parse(text.slice(start, end)).children;
    for (const node of nodes) shift(node, start, line);
    return nodes;
  });
}

interface Piece {
  readonly start: number;
  readonly end: number;
  /** The number of lines before it. */
  readonly line: number;
}

function piecesOf(text: string): Piece[] {
  const whole = [{ start: 0, end: text.length, line: 0 }];
  if (text.length <= PIECE_CHARS || LONG_HTML.test(text)) return whole;
  const cuts = [{ start: 0, line: 0 }];
  let fence: { marks: string; isIndented: boolean } | null = null;
  let isAfterBlank = true;
  let start = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const [, indent = '', marks, info = ''] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    // An indented fence may belong to a list, and a list may end before its fence is closed.
    if (fence?.isIndented === true && /^\S/.test(line)) return whole;
    if (fence !== null) {
      if (marks?.startsWith(fence.marks) === true && info.trim() === '') fence = null;
    } else if (marks !== undefined) fence = { marks, isIndented: indent !== '' };
    else if (isAfterBlank && /^#{1,3} /.test(line) && start - cuts.at(-1)!.start > PIECE_CHARS) {
      cuts.push({ start, line: index });
    }
    isAfterBlank = line.trim() === '';
    start += line.length + 1;
  }
  return cuts.map((cut, index) => ({ ...cut, end: cuts[index + 1]?.start ?? text.length }));
}

function shift(node: Nodes, offset: number, line: number): void {
  for (const point of [node.position!.start, node.position!.end]) {
    point.offset = point.offset! + offset;
    point.line += line;
  }
  if ('children' in node) for (const child of node.children) shift(child, offset, line);
}
