// Markdown to lists of top-level nodes. The parser's time grows with the square of the document, and a
// brain that reads a plan of thousands of tasks must not stop for minutes, so long documents are
// parsed in pieces, one at a time. A piece begins only at a heading that is one for certain; in doubt it is all
// one piece.
import type { Nodes, RootContent } from 'mdast';
import { remark } from 'remark';

/** Up to this length a document is one piece: pieces would save little. */
const WHOLE_CHARS = 8192;
/** With four times as many the time of a piece has begun to grow with its square. */
const PIECE_CHARS = 1024;

/** `[name]: address` makes a link of each `[name]` in the same piece. */
const REFERENCE = ']:';

/** HTML that runs on over blank lines until its own end: headings inside it are none. Comments see below. */
const LONG_HTML = /^ {0,3}<(?:\?|!(?!--)|(?:pre|script|style|textarea)\b)/im;

const COMMENT = /^ {0,3}<!--/;
const COMMENT_END = '-->';

/** Begins or may begin a block of HTML, which ends at the next blank line; also in a list or a quotation. */
const HTML = /^[\s>*+\-\d.)]*<\/?[a-z]/i;

/** The marks of a fence and what follows them: no mark may stand behind three backticks. */
const FENCE = /^(\s*)(`{3,}(?=[^`]*$)|~{3,})(.*)$/;

/** The nodes of one piece after the other. */
export function* parseMarkdown(text: string): Generator<RootContent[]> {
  const parser = remark();
  for (const { start, line, end } of piecesOf(text)) {
    const nodes = parser.parse(text.slice(start, end)).children;
    for (const node of nodes) shift(node, start, line);
    yield nodes;
  }
}

interface Piece {
  readonly start: number;
  readonly end: number;
  /** The number of lines before it. */
  readonly line: number;
}

function piecesOf(text: string): Piece[] {
  const whole = [{ start: 0, end: text.length, line: 0 }];
  if (text.length <= WHOLE_CHARS || LONG_HTML.test(text)) return whole;
  const chars = text.includes(REFERENCE) ? WHOLE_CHARS : PIECE_CHARS;
  const cuts = [{ start: 0, line: 0 }];
  let fence: { marks: string; isIndented: boolean } | null = null;
  let isAfterBlank = true;
  let isHtml = false;
  let isComment = false;
  let start = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const [, indent = '', marks, info = ''] = FENCE.exec(line) ?? [];
    const isOpening = fence === null && COMMENT.test(line);
    // An indented fence may belong to a list, and a list may end before its fence is closed; in HTML it is none.
    if (fence?.isIndented === true && /^\S/.test(line)) return whole;
    if ((isHtml || isComment) && (isOpening || marks !== undefined)) return whole;
    if (isComment || isOpening) {
      isComment = !line.includes(COMMENT_END, isOpening ? line.indexOf('<') + 4 : 0);
    } else if (fence !== null) {
      const isShallow = fence.isIndented || /^ {0,3}$/.test(indent);
      if (isShallow && marks?.startsWith(fence.marks) === true && info.trim() === '') fence = null;
    } else if (marks !== undefined) fence = { marks, isIndented: indent !== '' };
    else if (isAfterBlank && /^#{1,3} /.test(line) && start - cuts.at(-1)!.start > chars) {
      cuts.push({ start, line: index });
    }
    isAfterBlank = /^[ \t]*$/.test(line);
    isHtml = !isAfterBlank && fence === null && (isHtml || HTML.test(line));
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
