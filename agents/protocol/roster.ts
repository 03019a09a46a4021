// The roster of config.json: which models there are, what they are used for, and when they come and go.
// Plans name a role, an alias or a model, never a host; roster-names.ts finds what a name stands for.
import * as z from 'zod';
import { AGENT_NAME, MODEL_NAME, ROSTER_NAME } from './ids.ts';

export const BACKENDS = ['llama-server', 'embedded', 'ollama', 'openai'] as const;

const name = (text: string) => z.string().regex(ROSTER_NAME).describe(text);
const variable = (text: string) =>
  z.string().regex(/^[A-Za-z_]\w*$/).optional().describe(text);

const model = z.strictObject({
  backend: z.enum(BACKENDS).describe('Who runs it: a llama-server or node-llama-cpp that the agent starts, an Ollama, or any OpenAI-compatible server that runs already.'),
  source: z.string().min(1).describe('A GGUF file, relative to this file (llama-server, embedded), or the name that the server knows it by (ollama, openai).'),
  contextTokens: z.int().min(256).max(10_000_000).optional().describe('Context of one request; without it what fits, up to what the model was trained for.'),
  kvType: z.enum(['f16', 'q8_0', 'q4_0']).default('f16').describe('Type of the key-value cache.'),
  slots: z.int().min(1).max(256).default(1).describe('Requests at once.'),
  vramMib: z.int().min(0).optional().describe('VRAM to reserve for it; without it what was measured before, else what its GGUF header tells.'),
  device: z.enum(['card', 'cpu']).default('card').describe('`cpu`: agents of kind cpu hold it, and it takes no memory of a card.'),
  cards: z.int().min(1).max(16).default(1).describe('Cards of one host that it is split over (llama-server); its `vramMib` is what all of them take together.'),
  tier: z.int().min(0).max(1000).default(0).describe('How able it is, for `llm_min_tier` of a plan.'),
  agents: z.array(z.string().regex(AGENT_NAME)).optional().describe('The only agents that may hold it.'),
  baseUrl: z.url().optional().describe('Of its server, with `/v1` (ollama, openai), where it is not the one of `backends`.'),
  keyVariable: variable('Environment variable of the agent that holds the key (openai), where it is not the one of `backends`.'),
});

const role = z.strictObject({
  model: name('A model or an alias.'),
  fallbacks: z.array(z.string().regex(ROSTER_NAME)).default([]).describe('Models or aliases to take, in this order, when it cannot be loaded.'),
  temperature: z.number().min(0).max(2).optional().describe('Of tasks that name none.'),
  replyTokensMax: z.int().min(1).optional().describe('Most tokens of a reply, of tasks that name no max_tokens.'),
  system: z.string().optional().describe('A file with the system prompt, relative to this file.'),
});

const backends = z.strictObject({
  llamaServer: z.strictObject({
    program: z.string().default('llama-server').describe('The executable: a name on the PATH, or a path relative to this file.'),
    arguments: z.array(z.string()).default([]).describe('Further arguments for every model.'),
  }).prefault({}).describe('llama-server of llama.cpp.'),
  embedded: z.strictObject({
    arguments: z.array(z.string()).default([]).describe('Arguments for every model, such as `--threads 4`.'),
  }).prefault({}).describe('node-llama-cpp, an optional package.'),
  ollama: z.strictObject({
    baseUrl: z.url().default('http://127.0.0.1:11434/v1').describe('Of the Ollama on each host.'),
  }).prefault({}).describe('Ollama.'),
  openai: z.strictObject({
    baseUrl: z.url().optional().describe('Of the server, with `/v1`.'),
    keyVariable: variable('Environment variable of the agent that holds the key; never the key itself.'),
  }).prefault({}).describe('Any OpenAI-compatible server.'),
});

const policy = z.strictObject({
  maxWaitMs: z.int().min(0).default(600_000).describe('A task whose model no card holds waits this long before a card gives up a model that is still wanted.'),
  residencyMsMin: z.int().min(0).default(10_000).describe('A model stays at least this long before another replaces it.'),
  idleUnloadMs: z.int().min(0).default(900_000).describe('A model that nothing wants is unloaded after this long; 0: never.'),
  idleModel: z.string().regex(ROSTER_NAME).optional().describe('The model, or its alias, that a card returns to when nothing else is wanted.'),
  copyWaitingPerSlot: z.int().min(1).default(8).describe('Waiting tasks per slot of a model from which an idle card loads it as well.'),
  loadTriesMax: z.int().min(1).default(2).describe('Attempts to load a model on one card.'),
  loadRetryMs: z.int().min(0).default(300_000).describe('A card that could not load a model is not asked again for this long.'),
  groupStableMs: z.int().min(0).default(10_000).describe('How long the cards of a split model must have been free for it, without a break, before it is loaded.'),
  groupTriesMax: z.int().min(1).default(3).describe('Attempts to load a split model on one group of cards.'),
  groupRetryMs: z.int().min(0).default(900_000).describe('A group of cards that could not load a split model is set aside for this long.'),
  pins: z.record(z.string().regex(AGENT_NAME), z.string().regex(ROSTER_NAME)).default({}).describe('By agent, the model that it always holds.'),
});

/** These sections of config.json. */
export const rosterShape = {
  models: z.record(z.string().regex(MODEL_NAME), model).default({}).describe('The models, by name.'),
  roles: z.record(z.string().regex(ROSTER_NAME), role).default({}).describe('What models are used for, by the name that plans use: `default` serves tasks that name none, and `brain` decides, rates and diagnoses.'),
  aliases: z.record(z.string().regex(ROSTER_NAME), z.string().regex(ROSTER_NAME)).default({}).describe('Other names of models.'),
  backends: backends.prefault({}).describe('The programs and servers that run models.'),
  modelPolicy: policy.prefault({}).describe('When models come and go.'),
};

export type ModelConfig = z.infer<typeof model>;
export type RoleConfig = z.infer<typeof role>;
export interface Roster {
  readonly models: Readonly<Record<string, ModelConfig>>;
  readonly roles: Readonly<Record<string, RoleConfig>>;
  readonly aliases: Readonly<Record<string, string>>;
}
