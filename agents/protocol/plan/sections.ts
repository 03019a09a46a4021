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

type Found = Section & { readonly nodes: RootContent[] };

export interface Outline {
  readonly sections: readonly Section[];
  /** Of the first `#` heading, without `Plan:`. */
  title(): string;
  take(node: RootContent): void;
  /** After the last node. */
  end(): void;
}

/** Sections that mean something: each may stand only once. */
const SINGLE: ReadonlySet<string> = new Set(['goal', 'inputs', 'tasks']);

/**
 * Takes node by node. A `###` heading below `## Tasks` goes to `onTask` as soon as it is complete, and then its
 * nodes are gone: those of ten thousand are a hundred times as large as their text. A higher heading ends it.
 */
export function openOutline(
  source: Source,
  report: (fault: Fault) => void,
  onTask: (task: Section) => void,
): Outline {
  const sections: Found[] = [];
  const firsts = new Map<string, Found>();
  let title: string | undefined;
  let section: Found | null = null;
  let task: Found | null = null;
  const begin = (heading: Heading): Found => ({
    name: headingText(heading, source),
    place: placeOf(source, heading.position!.start.offset!),
    nodes: [],
  });
  const end = (): void => {
    if (task !== null) onTask(task);
    task = null;
  };
  const beginSection = (heading: Heading): Found => {
    const found = begin(heading);
    const { name, place } = found;
    const key = name.toLowerCase();
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, found);
    else if (SINGLE.has(key)) {
      const details = { section: name, line: first.place.line ?? 1 };
      report(new Fault('PLAN_SECTION_TWICE', details, place));
    }
    sections.push(found);
    return found;
  };
  return {
    sections,
    title: () => (title ?? '').replace(/^plan:\s*/i, ''),
    take(node) {
      const depth = node.type === 'heading' ? node.depth : Number.POSITIVE_INFINITY;
      const isTask = depth === 3 && section !== null && section === firsts.get('tasks');
      if (depth <= 2 || isTask) end();
      if (node.type !== 'heading' || (depth > 2 && !isTask)) (task ?? section)?.nodes.push(node);
      else if (isTask) task = begin(node);
      else {
        section = depth === 2 ? beginSection(node) : null;
        if (depth === 1) title ??= headingText(node, source);
      }
    },
    end,
  };
}

export const sectionNamed = (sections: readonly Section[], name: string): Section | undefined =>
  sections.find((section) => section.name.toLowerCase() === name);

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
