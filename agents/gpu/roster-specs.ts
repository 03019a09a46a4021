// Which models of the roster this agent may hold, resolved for its host. Pure.
import { isAbsolute, resolve } from 'node:path';
import type { ModelSpec } from '../models/runtime.ts';
import type { Config } from '../protocol/config.ts';
import type { ModelConfig } from '../protocol/roster.ts';

export interface HeldSpec {
  readonly spec: ModelSpec;
  readonly config: ModelConfig;
  /** Whether it takes memory of the agent's card when it is loaded. */
  readonly isOnCard: boolean;
  /** Whether its server runs somewhere and always has it. */
  readonly isElsewhere: boolean;
}

export interface HolderIdentity {
  readonly name: string;
  readonly kind: 'gpu' | 'cpu';
}

export function specsFor(config: Config, home: string, holder: HolderIdentity): HeldSpec[] {
  return Object.entries(config.models).flatMap(([name, model]) => {
    if (!mayHold(model, holder)) return [];
    const isElsewhere = model.backend === 'openai';
    // The embedded engine computes on the CPU, unless the roster says what it takes.
    const takesCard = model.backend !== 'embedded' || model.vramMib !== undefined;
    const isOnCard = !isElsewhere && model.device === 'card' && takesCard;
    return [{ spec: specOf(name, model, config, home), config: model, isOnCard, isElsewhere }];
  });
}

const mayHold = (model: ModelConfig, { name, kind }: HolderIdentity): boolean =>
  (model.backend === 'openai' || (model.device === 'cpu') === (kind === 'cpu')) &&
  (model.agents?.includes(name) ?? true);

function specOf(name: string, model: ModelConfig, { backends }: Config, home: string): ModelSpec {
  const { backend, source, baseUrl, keyVariable } = model;
  const isFile = backend === 'llama-server' || backend === 'embedded';
  const { llamaServer, embedded, ollama, openai } = backends;
  const url = backend === 'ollama' ? ollama.baseUrl : openai.baseUrl;
  const { program } = llamaServer;
  return {
    name,
    driver: backend,
    source: isFile ? resolve(home, source) : source,
    contextTokens: model.contextTokens ?? null,
    kvType: model.kvType,
    slots: model.slots,
    vramMib: model.vramMib === undefined ? null : Math.ceil(model.vramMib / model.cards),
    url: isFile ? null : (baseUrl ?? url ?? null),
    keyVariable: backend === 'openai' ? (keyVariable ?? openai.keyVariable ?? null) : null,
    program: program.includes('/') && !isAbsolute(program) ? resolve(home, program) : program,
    args: (backend === 'embedded' ? embedded : llamaServer).arguments,
    ...(model.cards === 1 ? {} : { split: { cards: model.cards, partners: [] } }),
  };
}
