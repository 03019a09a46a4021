// "Did you mean": the nearest known word, when it is near enough to be a slip of the hand.
import { distance } from 'fastest-levenshtein';

const plain = (word: string): string => word.toLowerCase().replaceAll(/[\s-]+/g, '_');

export function closestTo(word: string, known: Iterable<string>): string | null {
  let best: string | null = null;
  // About one edit in three characters still reads as the same word; swapped letters are two.
  let bestDistance = Math.floor((word.length + 2) / 3) + 1;
  for (const candidate of known) {
    const edits = distance(plain(word), plain(candidate));
    if (edits < bestDistance && edits < candidate.length) {
      best = candidate;
      bestDistance = edits;
    }
  }
  return best;
}

/** The sentence that goes before an advice, with a trailing space; empty when nothing is near. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const closest = closestTo(word, known);
  return closest === null ? '' : `Did you mean \`${closest}\`? `;
}

/** For "found …" in a message: short, on one line. */
export function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line === '') return 'nothing';
  return `\`${line.length > 60 ? `${line.slice(0, 57)}…` : line}\``;
}
