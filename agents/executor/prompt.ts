// From a task with a prompt to what its worker is told. Prompts and paths are no code: their variables are
// replaced in one pass, and no shell ever reads them.
import { decisionPrompt, decisionSchema } from '../protocol/decision.ts';
import { batchPath } from '../protocol/layout.ts';
import type { PromptRequest } from '../protocol/prompt.ts';
import type { SamplesConfig } from '../protocol/samples.ts';
import type { RoleConfig } from '../protocol/roster.ts';
import { renderText } from '../protocol/plan/variables.ts';
import type { Scope } from '../protocol/plan/variables.ts';
import { TASK_NAME } from '../protocol/ids.ts';
import type { Task } from '../protocol/task.ts';
import type { Feedback } from '../protocol/thought.ts';

/** The model that a task runs on, as the agent's runtime has it ready. */
export interface ModelInUse {
  /** Its name in the roster. */
  readonly name: string;
  readonly dialect: 'openai' | 'ollama';
  /** With `/v1`. */
  readonly apiBase: string;
  /** Its name at that server. */
  readonly served: string;
  readonly keyVariable: string | null;
  readonly contextTokens: number | null;
  readonly role: RoleConfig | null;
  /** Absolute path of the role's system prompt. */
  readonly systemFile: string | null;
}

export interface PromptSettings {
  /** How their worker is started: `node main.js`. */
  readonly worker: readonly string[];
  /** What it is made of, for a sandbox that shows little: node, and the folder of the installation. */
  readonly programs: readonly string[];
  readonly tries: number;
  /** Of the server, before the attempt is given up. */
  readonly silenceMsMax: number;
  readonly inputBytesMax: number;
  /** Whether and how exchanges are left for samples. */
  readonly samples: SamplesConfig;
  /** Of what an earlier attempt made, or printed, where a prompt is about one. */
  readonly excerptBytesMax: number;
}

/** Beside the task: what only its plan, and its earlier attempts, tell. */
export interface PromptContext {
  readonly planTasks: readonly string[];
  readonly feedback: Feedback | null;
}

export const sampleWishOf = (
  { isKept, exceptPlans, redact, redactMsMax, sampleBytesMax }: SamplesConfig,
  plan: string,
  file: string,
): Pick<PromptRequest, 'sample'> =>
  isKept && !exceptPlans.includes(plan)
    ? { sample: { file, redact, redact_ms_max: redactMsMax, bytes_max: sampleBytesMax } }
    : {};

/** @throws Fault of an unresolved variable */
export function promptOf(
  task: Task,
  model: ModelInUse,
  scope: Scope,
  { tries, silenceMsMax, inputBytesMax, excerptBytesMax }: PromptSettings,
  { planTasks, feedback }: PromptContext,
): PromptRequest {
  const [item] = task.items ?? [];
  const own: Scope = task.items === undefined ? scope : { ...scope, item };
  const render = (template: string): string => renderText(template, own);
  const schema = schemaOf(task);
  const { role } = model;
  const maxTokens = task.max_tokens ?? role?.replyTokensMax;
  const temperature = task.temperature ?? role?.temperature;
  return {
    v: 1,
    task: task.id,
    batch_path: String(scope.values['BATCH_PATH']),
    endpoint: {
      name: model.name,
      dialect: model.dialect,
      base_url: model.apiBase,
      model: model.served,
      key_variable: model.keyVariable,
      context_tokens: model.contextTokens,
    },
    ...textsOf(task, render),
    ...(model.systemFile === null ? {} : { system_file: model.systemFile }),
    inputs: [
      ...(task.inputs ?? []).map((entry) => inputOf(entry, task, render, planTasks)),
      ...aboutOf(task, scope),
    ],
    ...(feedback === null ? {} : { feedback }),
    output_file: render(task.output_file ?? defaultOutput(task)),
    ...(typeof schema === 'object' ? { schema } : {}),
    ...(task.decide === undefined ? {} : { is_decision: true }),
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(task.seed === undefined ? {} : { seed: task.seed }),
    tries,
    silence_ms_max: silenceMsMax,
    input_bytes_max: inputBytesMax,
    excerpt_bytes_max: excerptBytesMax,
  };
}

type Texts = Partial<Record<'prompt' | 'prompt_file' | 'system' | 'schema_file', string>>;

function textsOf(
  { prompt, prompt_file, decide, options = [], system, schema }: Task,
  render: (template: string) => string,
): Texts {
  const schemaFile = typeof schema === 'string' ? schema : undefined;
  const written = Object.entries({ prompt, prompt_file, system, schema_file: schemaFile });
  return {
    ...Object.fromEntries(
      written.flatMap(([key, text]) => (text === undefined ? [] : [[key, render(text)]])),
    ),
    // Options are words of the schema, and hold no variables.
    ...(decide === undefined ? {} : { prompt: decisionPrompt(render(decide), options) }),
  };
}

const schemaOf = ({ decide, options = [], schema }: Task): Task['schema'] =>
  decide === undefined ? schema : decisionSchema(options);

/** The reply is always kept in a file, so that a later task can name it. */
const defaultOutput = (task: Task): string =>
  `{BATCH_PATH}/results/${task.id}.${schemaOf(task) === undefined ? 'txt' : 'json'}`;

/** A thought is run in a batch of the brain's own, beside all others: `plans/tutti`. */
function aboutOf({ about }: Task, scope: Scope): PromptRequest['inputs'] {
  if (about === undefined) return [];
  const { plan, batch, task, template, attempt } = about;
  const folder = `${String(scope.values['PLAN_PATH'])}/../../${batchPath(plan, batch)}`;
  return [{ attempt_of: task, heading: template, attempt, folder }];
}

const TWIN = '_{ITEM.id}';

function inputOf(
  entry: string,
  task: Task,
  render: (template: string) => string,
  planTasks: readonly string[],
): PromptRequest['inputs'][number] {
  const siblings = (name: string): string[] =>
    planTasks.filter((other) => other.startsWith(`${name}_`));
  if (TASK_NAME.test(entry)) return { result_of: entry, siblings: siblings(entry) };
  if (!entry.endsWith(TWIN) || !TASK_NAME.test(entry.slice(0, -TWIN.length))) {
    return { file: render(entry) };
  }
  // Children of one manifest are named alike behind the name of their template.
  const twin = `${entry.slice(0, -TWIN.length)}${task.id.slice(task.template.length)}`;
  return { result_of: twin, siblings: siblings(twin) };
}
