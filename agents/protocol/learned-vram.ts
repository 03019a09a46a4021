// What scripts with `vram_policy: infer` were seen to take of a card, per plan and task name. The brain alone writes
// the file, from the records of attempts; without it estimates hold as written.
import * as z from 'zod';
import { TASK_NAME } from './ids.ts';

export const LEARNED_VRAM = 'brain/learned_vram.json';

const learnedTaskSchema = z.strictObject({
  plan: z.string(),
  /** The heading: children of a foreach count together. */
  task: z.string().regex(TASK_NAME),
  /** Of the latest runs, in MiB, the newest last. */
  peaks_mib: z.array(z.number().positive()).min(1),
  at: z.string(),
});
export type LearnedTask = z.infer<typeof learnedTaskSchema>;

export const learnedVramSchema = z.strictObject({
  v: z.literal(1),
  tasks: z.array(learnedTaskSchema),
});

/** Names of queues differ by need, and a few MiB are no difference. */
const STEP_MIB = 64;

/** What the next run reserves: the highest of the peaks and a margin. */
export const neededMib = ({ peaks_mib }: LearnedTask, marginPercent: number): number =>
  Math.ceil((Math.max(...peaks_mib) * (1 + marginPercent / 100)) / STEP_MIB) * STEP_MIB;
