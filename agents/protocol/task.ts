// The content of a task file. It is written once, by the brain, and only ever moved afterwards.
// It is self-contained: `cat` shows a person everything, and an agent needs no second file.
import { z } from 'zod';
import { BATCH_ID, PLAN_NAME, TASK_ID, TASK_NAME } from './ids.ts';
import type { Vram } from './lane-name.ts';
import { TASK_CLASSES } from './words.ts';

export const VRAM_POLICIES = ['default', 'infer', 'fixed'] as const;
export const LLM_PLACEMENTS = ['any', 'single_gpu', 'split_gpu'] as const;

export const taskSchema = z.strictObject({
  v: z.literal(1),
  id: z.string().regex(TASK_ID),
  batch: z.string().regex(BATCH_ID),
  plan: z.string().regex(PLAN_NAME),
  /** The heading in the plan; equal to `id` unless the task is a child of a `foreach`. */
  template: z.string().regex(TASK_NAME),
  /** Position among the children of the template, from 0. */
  index: z.int().min(0).optional(),
  executor: z.enum(['brain', 'worker']),
  /** Missing only in a task with a definition error. */
  task_class: z.enum(TASK_CLASSES).optional(),
  /** With its variables unresolved: `{BATCH_PATH}` is known only where it runs. Empty for built-in tasks. */
  command: z.string(),
  /** What the brain itself does when there is no command. */
  builtin: z.enum(['summary']).optional(),
  depends_on: z.array(z.string()),
  /** As written, `{BATCH_PATH}/manifest.json:videos`; only in templates. */
  foreach: z.string().optional(),
  batch_size: z.int().min(1).optional(),
  /** The items of a child: one, or up to `batch_size`. */
  items: z.array(z.unknown()).optional(),
  priority: z.int().min(0).max(99),
  vram_policy: z.enum(VRAM_POLICIES).optional(),
  vram_estimate_mb: z.int().min(0).max(9_999_999).optional(),
  llm_model: z.string().optional(),
  llm_min_tier: z.int().min(0).optional(),
  llm_placement: z.enum(LLM_PLACEMENTS).optional(),
  timeout_s: z.number().positive().optional(),
  /** How many attempts may follow the first; the config's `retry.attempts` - 1 when absent. */
  retries: z.int().min(0).optional(),
  requires: z.array(z.string()).optional(),
  produces: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()).optional(),
  /** Which definition errors the brain corrected, in words. */
  fix_applied: z.array(z.string()).optional(),
});
export type Task = z.infer<typeof taskSchema>;

/** A child frozen at expansion: `batches/B` keeps the items although the manifest may change later. */
export const groupRecordSchema = z.strictObject({
  v: z.literal(1),
  batch: z.string(),
  template: z.string(),
  /** One entry per child: its id and its items. */
  children: z.array(z.strictObject({ id: z.string(), items: z.array(z.unknown()) })),
});
export type GroupRecord = z.infer<typeof groupRecordSchema>;

/** What a class costs when the task does not say, in MiB, in one place. */
export interface VramDefaults {
  readonly scriptVramMibDefault: number;
  readonly cpuVramMib: number;
}

/** The VRAM that a task must be able to reserve, in MiB, or `all` for the whole budget of a card. */
export function vramNeed(
  task: Pick<Task, 'task_class' | 'vram_estimate_mb'>,
  defaults: VramDefaults,
): Vram {
  switch (task.task_class) {
    case 'llm':
      return task.vram_estimate_mb ?? 'all';
    case 'script':
      return task.vram_estimate_mb ?? defaults.scriptVramMibDefault;
    case 'cpu':
      return defaults.cpuVramMib;
    default:
      return 0;
  }
}
