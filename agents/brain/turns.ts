// Whose turn it is among the headings that have something to release. Pure: nothing of the model is changed.
import type { Entry, Group, OpenBatch } from './model.ts';
import type { Pool } from './need.ts';

/** A heading of which something may be released. */
export interface Candidate {
  readonly line: Line;
  readonly group: Group;
  /** How many of its tasks are out. */
  out: number;
  /** The entries that are ready, in order; consumed as they are released. */
  readonly next: () => Entry | undefined;
}

/** The headings of a pool, which take turns. */
export interface Line extends Pool {
  readonly open: OpenBatch;
  /** Of the batch among all batches. */
  readonly place: number;
  /** How many tasks of the batch are out with this need; shared by its lines of other priorities. */
  readonly turns: { count: number };
  /** Finds the entries of a heading that are ready, one after the other. */
  readonly walk: (group: Group) => Candidate['next'];
  /** Of the headings that have nothing out, in the order of the plan, the next one and where to find more. */
  fresh: Candidate | undefined;
  at: number;
  /** The headings that have something out: no more than there are tasks out. */
  readonly started: Set<Candidate>;
}

/** The next one of a line: those that have nothing out come first, then those with the fewest out. */
function headOf(line: Line): Candidate | undefined {
  const { open, places, started } = line;
  while (line.fresh === undefined && line.at < places.length) {
    const group = open.order[places[line.at++]!]!;
    if (outOf(group) === 0) line.fresh = candidateOf(line, group);
  }
  if (line.fresh !== undefined) return line.fresh;
  let least: Candidate | undefined;
  for (const one of started) if (least === undefined || isBefore(one, least)) least = one;
  return least;
}

export const candidateOf = (line: Line, group: Group): Candidate => ({
  line,
  group,
  out: outOf(group),
  next: line.walk(group),
});

/** How many of its tasks are released and have not ended. */
export const outOf = ({ tally }: Group): number => tally.queued + tally.claimed;

/** It has nothing more. */
export function drop(candidate: Candidate): void {
  const { line } = candidate;
  if (line.fresh === candidate) line.fresh = undefined;
  line.started.delete(candidate);
}

export function takeTurn(candidate: Candidate): void {
  const { line } = candidate;
  candidate.out += 1;
  line.turns.count += 1;
  if (line.fresh === candidate) line.fresh = undefined;
  line.started.add(candidate);
}

/** Highest priority first, then the batch and in it the heading with the fewest tasks out, then the older. */
function isBefore(a: Candidate, b: Candidate): boolean {
  if (a.line.priority !== b.line.priority) return a.line.priority > b.line.priority;
  if (a.line.turns.count !== b.line.turns.count) return a.line.turns.count < b.line.turns.count;
  if (a.out !== b.out) return a.out < b.out;
  return a.line.place === b.line.place
    ? a.group.index < b.group.index
    : a.line.place < b.line.place;
}

export function choose(lines: readonly Line[]): Candidate | undefined {
  let best: Candidate | undefined;
  for (const line of lines) {
    const head = headOf(line);
    if (head !== undefined && (best === undefined || isBefore(head, best))) best = head;
  }
  return best;
}
