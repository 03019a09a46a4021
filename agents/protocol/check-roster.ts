// Whether the roster of a configuration holds together: every name leads somewhere, every server has an
// address, and every model with a known size fits some card. Pure.
import type { AgentConfig, Config } from './config.ts';
import { didYouMean } from './plan/suggest.ts';
import { modelNamed } from './roster-names.ts';
import type { ModelConfig } from './roster.ts';

/** One sentence per problem; empty when there is none. */
export function rosterProblems(config: Config): string[] {
  return [
    ...doubleNames(config),
    ...deadNames(config),
    ...deadServers(config),
    ...splitProblems(config),
    ...unfit(config),
  ];
}

/** Several cards are for servers that the agent starts on them; which cards, only the brain can choose. */
function splitProblems(config: Config): string[] {
  const { models, modelPolicy } = config;
  const split = Object.entries(models).filter(([, { cards }]) => cards > 1);
  const isSplit = (name: string): boolean =>
    split.some(([each]) => each === modelNamed(config, name));
  return [
    ...split.flatMap(([name, { backend, device }]) =>
      backend === 'llama-server' && device === 'card'
        ? []
        : [
            `models.${name} has several cards, which only backend llama-server with device card can take`,
          ],
    ),
    ...Object.entries(modelPolicy.pins).flatMap(([agent, name]) =>
      isSplit(name) ? [`modelPolicy.pins.${agent} is ${name}, which takes several cards`] : [],
    ),
    ...(modelPolicy.idleModel !== undefined && isSplit(modelPolicy.idleModel)
      ? [`modelPolicy.idleModel is ${modelPolicy.idleModel}, which takes several cards`]
      : []),
  ];
}

function doubleNames({ models, roles, aliases }: Config): string[] {
  const names = [...Object.keys(models), ...Object.keys(roles), ...Object.keys(aliases)];
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => `${name} is the name of two of: a model, a role, an alias`);
}

function deadNames(config: Config): string[] {
  const { models, aliases, roles, modelPolicy } = config;
  const known = [...Object.keys(models), ...Object.keys(aliases)];
  const lead = (from: string, name: string): string[] => {
    if (modelNamed(config, name) !== null) return [];
    const hint = didYouMean(name, known).trim();
    return [`${from} is ${name}, which is no model${hint === '' ? '' : `. ${hint}`}`];
  };
  const agents = config.agents === 'auto' ? null : config.agents.map(({ name }) => name);
  const stay = (from: string, name: string): string[] =>
    agents === null || agents.includes(name)
      ? []
      : [`${from} names ${name}, which is no agent here`];
  return [
    ...Object.entries(aliases).flatMap(([name, model]) =>
      models[model] === undefined ? lead(`aliases.${name}`, model) : [],
    ),
    ...Object.entries(roles).flatMap(([name, role]) => [
      ...lead(`roles.${name}.model`, role.model),
      ...role.fallbacks.flatMap((each) => lead(`a fallback of roles.${name}`, each)),
    ]),
    ...(modelPolicy.idleModel === undefined
      ? []
      : lead('modelPolicy.idleModel', modelPolicy.idleModel)),
    ...Object.entries(modelPolicy.pins).flatMap(([agent, model]) => [
      ...lead(`modelPolicy.pins.${agent}`, model),
      ...stay('modelPolicy.pins', agent),
    ]),
    ...Object.entries(models).flatMap(([name, { agents: only }]) =>
      (only ?? []).flatMap((agent) => stay(`models.${name}.agents`, agent)),
    ),
  ];
}

const deadServers = ({ models, backends }: Config): string[] =>
  Object.entries(models).flatMap(([name, model]) =>
    model.backend === 'openai' && (model.baseUrl ?? backends.openai.baseUrl) === undefined
      ? [`models.${name} needs a baseUrl, its own or backends.openai.baseUrl`]
      : [],
  );

/** The sums: only cards and models whose size stands in the configuration can be judged before a start. */
function unfit(config: Config): string[] {
  if (config.agents === 'auto') return [];
  const { agents } = config;
  return Object.entries(config.models).flatMap(([name, model]) => {
    const { cards } = model;
    const needMib = model.vramMib === undefined ? undefined : Math.ceil(model.vramMib / cards);
    const able = agents.filter((agent) => mayHold(model, agent));
    if (model.backend === 'openai') return [];
    if (able.length === 0) return [`no agent may hold models.${name} (${placesOf(model)})`];
    if (able.length < cards) {
      const names = able.map((agent) => agent.name).join(', ');
      return [`models.${name} takes ${cards} cards, and only ${names} may hold it`];
    }
    if (needMib === undefined || model.device === 'cpu') return [];
    const budgets = able.map((agent) => budgetOf(agent, config));
    const fitting = budgets.filter((budget) => budget === null || budget >= needMib);
    if (fitting.length >= cards) return [];
    const sums = able.map(({ name: agent, vramMib }, index) => {
      const { budgetPercent } = config.agent;
      return `${agent}: ${budgetPercent} % of ${vramMib} MiB = ${budgets[index]} MiB`;
    });
    const where = cards === 1 ? 'and fits no card' : `on each of ${cards} cards and does not fit`;
    return [`models.${name} needs ${needMib} MiB ${where} (${sums.join('; ')})`];
  });
}

const placesOf = ({ device, agents }: ModelConfig): string =>
  `device ${device}${agents === undefined ? '' : `, agents ${agents.join(', ')}`}`;

export const mayHold = (model: ModelConfig, agent: AgentConfig): boolean =>
  (model.device === 'cpu') === (agent.kind === 'cpu') &&
  (model.agents?.includes(agent.name) ?? true);

/** Null where nobody knows before the card is asked. */
export const budgetOf = ({ kind, vramMib }: AgentConfig, { agent }: Config): number | null =>
  kind === 'simulated' && vramMib !== undefined
    ? Math.floor((vramMib * agent.budgetPercent) / 100)
    : null;
