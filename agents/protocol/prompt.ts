// What the worker of a prompt is told, in a file beside the record of its attempt: everything resolved for the
// host that it runs on. It never holds a key, only the name of the variable that does.
import * as z from 'zod';

export const promptSchema = z.strictObject({
  v: z.literal(1),
  task: z.string(),
  /** Of the batch, absolute: relative paths start here. */
  batch_path: z.string(),
  endpoint: z.strictObject({
    name: z.string(),
    dialect: z.enum(['openai', 'ollama']),
    base_url: z.string(),
    model: z.string(),
    key_variable: z.string().nullable(),
    context_tokens: z.int().nullable(),
  }),
  prompt: z.string().optional(),
  prompt_file: z.string().optional(),
  /** System prompts: of the role, as a file, then of the task. */
  system_file: z.string().optional(),
  system: z.string().optional(),
  inputs: z.array(
    z.union([
      z.strictObject({ file: z.string() }),
      /** `siblings`: tasks of the plan whose names begin like those of its children, and are none. */
      z.strictObject({ result_of: z.string(), siblings: z.array(z.string()) }),
      /** What an attempt was to do, how it ended, and what it made; `folder` is that of its batch. */
      z.strictObject({
        attempt_of: z.string(),
        heading: z.string(),
        attempt: z.int(),
        folder: z.string(),
      }),
    ]),
  ),
  /** Of an earlier attempt, whose output still lies in `output_file`. */
  feedback: z.strictObject({ rating: z.int(), feedback: z.string() }).optional(),
  output_file: z.string(),
  schema: z.record(z.string(), z.unknown()).optional(),
  schema_file: z.string().optional(),
  /** The reply is a choice with a reason, which stand in the result beside what it cost. */
  is_decision: z.literal(true).optional(),
  max_tokens: z.int().optional(),
  temperature: z.number().optional(),
  seed: z.int().optional(),
  /** Replies that may be asked for when they do not fit the schema. */
  tries: z.int().min(1),
  silence_ms_max: z.int().min(1),
  input_bytes_max: z.int(),
  excerpt_bytes_max: z.int(),
  /** Where the exchange is left for a training sample; absent where none is kept. */
  sample: z
    .strictObject({
      file: z.string(),
      redact: z.array(z.string()),
      redact_ms_max: z.int(),
      bytes_max: z.int(),
    })
    .optional(),
});
export type PromptRequest = z.infer<typeof promptSchema>;
