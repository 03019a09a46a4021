// Training samples: what a model was asked, what it answered and what came of it. The worker of a prompt leaves the
// exchange beside the record of its attempt, redacted; its agent adds what it knows and appends one line to a journal
// of its own. Which of them are kept, and what is taken out of them, stands in `samples` of config.json.
import * as z from 'zod';
import type { AttemptRecord } from './attempt.ts';
import { agentPath } from './layout.ts';
import type { AgentKind } from './layout.ts';
import { OUTCOMES } from './words.ts';

/** Why a pattern cannot be used; null when it can. */
function problemOf(pattern: string): string | null {
  try {
    if (!new RegExp(pattern, 'u').test('')) return null;
  } catch (error) {
    return (error as Error).message;
  }
  return 'it matches the empty text, and so everything';
}

const pattern = z.string().superRefine((text, context) => {
  const problem = problemOf(text);
  if (problem === null) return;
  context.addIssue({ code: 'custom', message: `\`${text}\` cannot redact anything: ${problem}` });
});

export const samplesSection = z.strictObject({
  isKept: z
    .boolean()
    .default(true)
    .describe('Whether prompts and replies are kept as training samples, in one file per agent.'),
  exceptPlans: z.array(z.string()).default([]).describe('Plans of which none are kept.'),
  redact: z
    .array(pattern)
    .default([])
    .describe(
      'Regular expressions (JavaScript, flag u): what they match in prompts and replies is replaced by `[redacted]`.',
    ),
  redactMsMax: z
    .int()
    .min(1)
    .default(2000)
    .describe(
      'Longest time for the patterns of one sample; without an end by then it is not kept.',
    ),
  sampleBytesMax: z.int().min(1).default(1_048_576).describe('A larger sample is not kept.'),
  fileBytesMax: z
    .int()
    .min(1)
    .default(67_108_864)
    .describe('Size at which a file of samples is rotated.'),
  filesMax: z.int().min(1).default(8).describe('Rotated files that are kept per agent.'),
});
export type SamplesConfig = z.infer<typeof samplesSection>;

const measured = z.number().nullable();

/** Texts are redacted; what the patterns took out is nowhere in it. */
export const exchangeSchema = z.strictObject({
  v: z.literal(1),
  /** Name in the roster, and at its server. */
  model: z.string(),
  served: z.string(),
  /** With the inputs behind it. */
  prompt: z.string(),
  /** System prompts; null where there are none. */
  context: z.string().nullable(),
  /** The last reply. */
  response: z.string(),
  /** Of those that the task names, or its role. */
  options: z.strictObject({
    max_tokens: z.int().optional(),
    temperature: z.number().optional(),
    seed: z.int().optional(),
  }),
  schema: z.record(z.string(), z.unknown()).optional(),
  tries: z.int(),
  finish_reason: z.string(),
  usage: z.strictObject({ prompt_tokens: measured, generated_tokens: measured }),
  timings: z.strictObject({
    prompt_ms: measured,
    generate_ms: measured,
    first_token_ms: measured,
    total_ms: z.number(),
  }),
});
export type Exchange = z.infer<typeof exchangeSchema>;

export const sampleSchema = exchangeSchema.extend({
  /** `<batch>/<task>.a<k>`: the same attempt may have been written twice when its agent died in between. */
  id: z.string(),
  at: z.string(),
  plan: z.string(),
  batch: z.string(),
  task: z.string(),
  attempt: z.int(),
  agent: z.string(),
  /** Null for a task that names a model or nothing of the roster's roles. */
  role: z.string().nullable(),
  outcome: z.enum(OUTCOMES),
  error_type: z.string().optional(),
  /** Added by the reader: agents write their line before the output is rated. */
  rating: z.strictObject({ rating: z.int(), feedback: z.string(), model: z.string() }).optional(),
});
export type Sample = z.infer<typeof sampleSchema>;

export function sampleOf(exchange: Exchange, record: AttemptRecord, role: string | null): Sample {
  const { batch, task, attempt, plan, agent, outcome, error_type, finished_at } = record;
  return {
    ...exchange,
    id: `${batch}/${task}.a${attempt}`,
    at: finished_at,
    plan,
    batch,
    task,
    attempt,
    agent,
    role,
    outcome,
    ...(error_type === undefined ? {} : { error_type }),
  };
}

/** Its agent alone writes it; `<path>.1` is the newest of the rotated ones. */
export const samplesPath = (kind: AgentKind, agent: string): string =>
  `${agentPath(kind, agent)}/samples.jsonl`;

/** Between the reply and the commit: made by the worker, taken by its agent. */
export const exchangePath = (runFile: string): string => runFile.replace(/\.run$/, '.sample.json');
