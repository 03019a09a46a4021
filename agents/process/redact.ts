// Takes out of texts what must not be kept. A pattern may need time without end for some text (nested repetitions),
// and nothing can interrupt it from inside; so they run with a clock that can.
import { runInNewContext } from 'node:vm';

const MARK = '[redacted]';
const PROGRAM = `texts.map((text) =>
  patterns.reduce((rest, one) => rest.replaceAll(new RegExp(one, 'gu'), () => mark), text))`;

/** Null when the patterns did not come to an end in time. They have been checked before. */
export function redact(
  texts: readonly string[],
  patterns: readonly string[],
  msMax: number,
): readonly string[] | null {
  if (patterns.length === 0) return texts;
  try {
    const answer = runInNewContext(PROGRAM, { texts, patterns, mark: MARK }, { timeout: msMax });
    return answer as readonly string[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return null;
    throw error;
  }
}
