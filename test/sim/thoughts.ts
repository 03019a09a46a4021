// The brain's model in a play: whether there is one, which tasks ask to be rated, and what it answers. Its answers
// follow from the attempt that they are about, so that every schedule of a seed hears the same.
import { hashText } from '../../agents/protocol/ids.ts';
import { openDice } from './dice.ts';
import type { MemoryTree } from './memory-tree.ts';
import { ROOT } from './memory-disk.ts';
import type { Performance } from './performance.ts';

/** The command line of a worker that asks a model: this word, and the file of its request. */
export const THINK = 'think';

/** In fewer than half of the plays, so that the others stay what they are. */
export const hasThoughts = (seed: number): boolean => openDice(seed, 'thoughts').chance(0.4);

export const isRated = (seed: number, plan: string, heading: string): boolean =>
  hasThoughts(seed) && openDice(seed, `rates ${plan} ${heading}`).chance(0.4);

export interface Answer {
  readonly durationMs: number;
  readonly code: number;
  /** The last line of its output. */
  readonly line: string;
}

const DURATION_MS_MAX = 1500;

/** Now and then it fails, or says what nobody asked for. */
export function answerTo(tree: MemoryTree, path: string): Answer {
  const text = tree.file(path.slice(ROOT.length + 1))?.text ?? '{}';
  const request = JSON.parse(text) as {
    readonly inputs?: readonly { readonly attempt_of?: string; readonly attempt?: number }[];
    readonly task?: string;
  };
  const [about] = request.inputs ?? [];
  const hash = Number.parseInt(hashText(`${about?.attempt_of} ${about?.attempt}`), 36);
  const isRating = request.task?.startsWith('evaluate_') === true;
  const reply =
    hash % 11 === 0
      ? { whatever: true }
      : isRating
        ? { feedback: 'as the dice say', rating: hash % 3 === 0 ? 2 : 4 }
        : { cause: 'the dice', is_definition_error: false, advice: 'throw again' };
  return {
    durationMs: hash % DURATION_MS_MAX,
    code: hash % 7 === 0 ? 1 : 0,
    line: JSON.stringify({ model: 'one', reply }),
  };
}

export const calm = ({ durationMs, code }: Answer): Performance => ({
  durationMs,
  code,
  fails: code === 0 ? 0 : 1,
  ignoresTerm: false,
  straysMs: 0,
  manifest: null,
});
