// The content of a task file. It is written once, by the brain, and only ever moved afterwards.
// It is self-contained: `cat` shows a person everything, and an agent needs no second file.
import * as z from 'zod';
import { BATCH_ID, PLAN_NAME, TASK_ID, TASK_NAME } from './ids.ts';
import type { Vram } from './lane-name.ts';
import { subjectSchema, THOUGHTS } from './thought.ts';
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
  /** What tutti itself does when there is no command: the brain the summary, an agent the others. */
  builtin: z.enum(['summary', 'load_llm', 'load_split', 'unload_llm', ...THOUGHTS]).optional(),
  /** The attempt that a thought of the brain is about. */
  about: subjectSchema.optional(),
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
  /** What the model is asked, instead of a command; with its variables unresolved, like all paths below. */
  prompt: z.string().optional(),
  prompt_file: z.string().optional(),
  /** A question to which the model gives one of `options`. */
  decide: z.string().optional(),
  options: z.array(z.string()).optional(),
  /** Files, and tasks whose results it reads. */
  inputs: z.array(z.string()).optional(),
  system: z.string().optional(),
  output_file: z.string().optional(),
  /** A JSON schema, or the path of a file with one. */
  schema: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  max_tokens: z.int().min(1).optional(),
  temperature: z.number().min(0).max(2).optional(),
  seed: z.int().min(0).optional(),
  /** What it makes is rated before it counts. */
  evaluate: z.literal(true).optional(),
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

export type Prompted = Pick<Task, 'prompt' | 'prompt_file' | 'decide'>;
export type ModelWish = Prompted & Pick<Task, 'llm_model' | 'llm_min_tier' | 'llm_placement'>;

/** Whether the small worker of tutti runs it, instead of a command. */
export const isPrompted = ({ prompt, prompt_file, decide }: Prompted): boolean =>
  prompt !== undefined || prompt_file !== undefined || decide !== undefined;

/** A command of class llm that names no model brings its own, and gets a whole card; several only a model gets. */
export const wantsModel = (task: ModelWish & Pick<Task, 'task_class'>): boolean =>
  task.task_class === 'llm' &&
  (isPrompted(task) ||
    task.llm_model !== undefined ||
    task.llm_min_tier !== undefined ||
    task.llm_placement === 'split_gpu');

/**
 * The VRAM that a task must be able to reserve, in MiB, or `all` for the whole budget of a card. A task
 * that runs on a model needs nothing: the model has its own reservation.
 */
export function vramNeed(
  task: ModelWish & Pick<Task, 'task_class' | 'vram_estimate_mb'>,
  defaults: VramDefaults,
): Vram {
  if (wantsModel(task)) return 0;
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
