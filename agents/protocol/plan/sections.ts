// The outline of a plan: its title, its `##` sections, and the `###` headings inside one of them.
import type { Heading, RootContent } from 'mdast';
import { Fault } from '../fault.ts';
import type { Place } from '../fault.ts';
import { placeOf } from './span.ts';
import type { Source } from './span.ts';

export interface Section {
  readonly name: string;
  readonly place: Place;
  readonly nodes: readonly RootContent[];
}

interface Outline {
  /** Of the first `#` heading, without `Plan:`. */
  readonly title: string;
  readonly sections: readonly Section[];
}

/** Sections that mean something: each may stand only once. */
const SINGLE: ReadonlySet<string> = new Set(['goal', 'inputs', 'tasks']);

export function outlineOf(
  nodes: readonly RootContent[],
  source: Source,
  report: (fault: Fault) => void,
): Outline {
  const title = nodes.find((node) => node.type === 'heading' && node.depth === 1);
  const sections = splitAt(nodes, source, 2);
  const seen = new Map<string, Place>();
  for (const { name, place } of sections) {
    const key = name.toLowerCase();
    const first = seen.get(key);
    if (first === undefined) seen.set(key, place);
    else if (SINGLE.has(key)) {
      const details = { section: name, line: first.line ?? 1 };
      report(new Fault('PLAN_SECTION_TWICE', details, place));
    }
  }
  return {
    title: title?.type === 'heading' ? headingText(title, source).replace(/^plan:\s*/i, '') : '',
    sections,
  };
}

export const sectionNamed = (sections: readonly Section[], name: string): Section | undefined =>
  sections.find((section) => section.name.toLowerCase() === name);

/** The parts that begin with a heading of `depth`; a higher heading ends the last one. */
export function splitAt(
  nodes: readonly RootContent[],
  source: Source,
  depth: 2 | 3,
): (Section & { readonly nodes: readonly RootContent[] })[] {
  const parts: { name: string; place: Place; nodes: RootContent[] }[] = [];
  let isInside = false;
  for (const node of nodes) {
    if (node.type === 'heading' && node.depth <= depth) {
      isInside = node.depth === depth;
      if (isInside) {
        const place = placeOf(source, node.position!.start.offset!);
        parts.push({ name: headingText(node, source), place, nodes: [] });
      }
    } else if (isInside) parts.at(-1)!.nodes.push(node);
  }
  return parts;
}

/** As written, so that no underscore of a name is taken for emphasis; code marks are left out. */
function headingText(heading: Heading, source: Source): string {
  const [first] = heading.children;
  const last = heading.children.at(-1);
  if (first === undefined || last === undefined) return '';
  return source.text
    .slice(first.position!.start.offset, last.position!.end.offset)
    .replaceAll(/^[`*]+|[`*]+$/g, '')
    .trim();
}
