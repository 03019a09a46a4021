// What a rating of an earlier attempt has to say to the next one: to the model of a prompt, or in the environment of a
// command.
import { attemptRecordSchema } from '../protocol/attempt.ts';
import { attemptPaths } from '../protocol/layout.ts';
import type { Feedback, Rating } from '../protocol/thought.ts';
import type { AttemptRequest } from './request.ts';
import type { AttemptPorts } from './run-file.ts';

/** Attempts that ended before they made anything have no rating; further back nobody looks. */
const LOOK_BACK = 20;
const RECORD_BYTES_MAX = 1_048_576;

/** Of the last attempt that has one; null for a first attempt, and for tasks that are not rated. */
export async function feedbackFor(
  { disk }: Pick<AttemptPorts, 'disk'>,
  { task, attempt }: Pick<AttemptRequest, 'task' | 'attempt'>,
): Promise<Feedback | null> {
  if (task.evaluate !== true) return null;
  for (let earlier = attempt - 1; earlier >= Math.max(1, attempt - LOOK_BACK); earlier--) {
    const { record } = attemptPaths(task.plan, task.batch, task.id, earlier);
    // What cannot be read has nothing to say: the attempt is worth no less for that.
    const text = await disk.read(record, RECORD_BYTES_MAX).catch(() => null);
    const rating = text === null ? undefined : ratingIn(text);
    if (rating !== undefined) return { rating: rating.rating, feedback: rating.feedback };
  }
  return null;
}

function ratingIn(text: string): Rating | undefined {
  try {
    return attemptRecordSchema.parse(JSON.parse(text)).rating;
  } catch {
    return undefined;
  }
}
