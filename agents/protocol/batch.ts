// A batch is one run of a plan: a snapshot of the plan and its inputs, immutable once submitted.
import * as z from 'zod';
import { BATCH_ID, PLAN_NAME } from './ids.ts';
import { diagnosisSchema } from './thought.ts';
import { VERDICTS } from './words.ts';

/** batches/B/batch.json, written by whoever submits, before the one rename that publishes it. */
export const batchSchema = z.strictObject({
  v: z.literal(1),
  id: z.string().regex(BATCH_ID),
  plan: z.string().regex(PLAN_NAME),
  /** What was given with --config and --set; defaults are filled in from the plan when it is read. */
  config: z.record(z.string(), z.unknown()),
  /** Added to nothing: replaces the priority of tasks that name none. */
  priority: z.int().min(0).max(99),
  submitted_at: z.string(),
  submitted_by: z.string(),
  /** The batch whose completed tasks this one takes over (`submit --resume`). */
  resume_of: z.string().regex(BATCH_ID).optional(),
});
export type Batch = z.infer<typeof batchSchema>;

const countsSchema = z.strictObject({
  total: z.int(),
  complete: z.int(),
  failed: z.int(),
  skipped: z.int(),
  cancelled: z.int(),
});

/** RUN_SUMMARY.json. */
export const summarySchema = z.strictObject({
  v: z.literal(1),
  batch: z.string(),
  plan: z.string(),
  verdict: z.enum(VERDICTS),
  reason: z.string(),
  submitted_at: z.string(),
  finished_at: z.string(),
  /** From acceptance to the last task's end, by the brain's own clock; null after a restart of the brain. */
  duration_ms: z.number().nullable(),
  counts: countsSchema,
  attempts: z.int(),
  goal: z
    .strictObject({
      target: z.int(),
      accepted: z.int(),
      tracked_task: z.string(),
      reached: z.boolean(),
    })
    .optional(),
  /** One row per heading of the plan. */
  groups: z.array(
    countsSchema.extend({
      task: z.string(),
      foreach: z.boolean(),
      duration_ms_mean: z.number().nullable(),
    }),
  ),
  /** Every task that did not complete: why, and where to look. */
  problems: z.array(
    z.strictObject({
      task: z.string(),
      reason: z.string(),
      attempt: z.int(),
      agent: z.string().nullable(),
      exit_code: z.int().nullable(),
      message: z.string(),
      log: z.string().nullable(),
      /** What the model of the role brain has to say about it: advice, and no more. */
      diagnosis: diagnosisSchema.optional(),
    }),
  ),
  /** Problems left out above because of `brain.summaryProblemsMax`. */
  problems_omitted: z.int(),
  /** Files in `output/`, relative to `shared/`. */
  outputs: z.array(z.string()),
  /** Why a batch was rejected: one rendered error per entry. */
  errors: z.array(z.string()),
});
export type Summary = z.infer<typeof summarySchema>;
export type SummaryCounts = z.infer<typeof countsSchema>;
