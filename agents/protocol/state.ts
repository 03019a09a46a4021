// brain/state.json: the brain's picture of everything, for people and tools. It is never an input to a
// decision and may be deleted at any time; what is true stands in the lanes.
import * as z from 'zod';

const groupSchema = z.strictObject({
  task: z.string(),
  foreach: z.boolean(),
  depends_on: z.array(z.string()),
  /** Number of tasks; null while a foreach is not expanded. */
  total: z.int().nullable(),
  waiting: z.int(),
  queued: z.int(),
  running: z.int(),
  /** In `failed/`, waiting for its next attempt. */
  retrying: z.int(),
  complete: z.int(),
  failed: z.int(),
  skipped: z.int(),
  cancelled: z.int(),
  /** Mean run time of the completed ones in this epoch; null when none completed yet. */
  duration_ms_mean: z.number().nullable(),
});

export const stateSchema = z.strictObject({
  v: z.literal(1),
  epoch: z.int(),
  /** Grows with every write: a reader tells a live picture from an old one by watching it change. */
  seq: z.int(),
  at: z.string(),
  host: z.string(),
  pid: z.int(),
  start_time: z.string(),
  boot_id: z.string(),
  brain: z.enum(['running', 'stopped']),
  /** The brain writes at least this often while it runs. */
  interval_ms: z.int(),
  agents: z.array(
    z.strictObject({
      agent: z.string(),
      kind: z.enum(['gpu', 'cpu']),
      state: z.enum(['alive', 'lost', 'stopped']),
      /** Since the heartbeat last changed, by the brain's clock. */
      heartbeat_age_ms: z.number(),
    }),
  ),
  batches: z.array(
    z.strictObject({
      batch: z.string(),
      plan: z.string(),
      state: z.enum(['running', 'paused', 'cancelling']),
      elapsed_ms: z.number(),
      groups: z.array(groupSchema),
      goal: z
        .strictObject({ tracked_task: z.string(), target: z.int(), accepted: z.int() })
        .nullable(),
    }),
  ),
  /** The next retries, soonest first; at most 100. */
  retries: z.array(
    z.strictObject({
      batch: z.string(),
      task: z.string(),
      attempt: z.int(),
      reason: z.string(),
      due_in_ms: z.number(),
    }),
  ),
  /** Why released tasks wait, one line per class and VRAM need that no agent takes at the moment. */
  stalled: z.array(z.string()),
});
export type BrainState = z.infer<typeof stateSchema>;
export type BrainStateGroup = z.infer<typeof groupSchema>;
