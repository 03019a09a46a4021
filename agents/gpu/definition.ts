// Which agent this process is: the entry of its name in the configuration, or what launch passes by flags
// where the configuration says "auto". Pure.
import type { AgentConfig, Config } from '../protocol/config.ts';
import { Fault } from '../protocol/fault.ts';
import { AGENT_NAME, BRAIN_AGENT } from '../protocol/ids.ts';

export interface DefinitionFlags {
  readonly name?: string | undefined;
  readonly kind?: string | undefined;
  readonly uuid?: string | undefined;
  readonly slots?: string | undefined;
  readonly 'vram-mib'?: string | undefined;
}

const KINDS = ['gpu', 'cpu', 'simulated'] as const;

function refuse(argument: string, problem: string): Fault {
  return new Fault('ARGUMENT_INVALID', { argument, problem });
}

function countOf(argument: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw refuse(argument, `expected a whole number from 1, found ${text}`);
}

/** @throws Fault ARGUMENT_INVALID, AGENT_UNKNOWN */
export function readDefinition(
  config: Pick<Config, 'agents'>,
  flags: DefinitionFlags,
): AgentConfig {
  const agent = flags.kind === undefined ? configured(config, flags.name) : flagged(flags);
  if (agent.kind === 'gpu' && agent.uuid === undefined) {
    throw refuse('--uuid', `agent ${agent.name} is of kind gpu and names no card`);
  }
  return agent;
}

function nameOf(name: string | undefined): string {
  if (name === undefined) throw refuse('--name', 'it is missing');
  if (AGENT_NAME.test(name) && name !== BRAIN_AGENT) return name;
  throw refuse(
    '--name',
    `expected up to 24 of a-z, 0-9, _ and -, a letter first, not ${BRAIN_AGENT}`,
  );
}

function configured({ agents }: Pick<Config, 'agents'>, flag: string | undefined): AgentConfig {
  const name = nameOf(flag);
  const known = agents === 'auto' ? [] : agents;
  const found = known.find((agent) => agent.name === name);
  if (found !== undefined) return found;
  if (agents === 'auto') throw refuse('--kind', 'it is missing, and `agents` is "auto"');
  throw new Fault('AGENT_UNKNOWN', {
    agent: name,
    hint: '',
    known: known.map((agent) => agent.name),
  });
}

function flagged(flags: DefinitionFlags): AgentConfig {
  const kind = KINDS.find((each) => each === flags.kind);
  if (kind === undefined)
    throw refuse('--kind', `expected ${KINDS.join(', ')}, found ${flags.kind}`);
  const slots = countOf('--slots', flags.slots);
  const vramMib = countOf('--vram-mib', flags['vram-mib']);
  return {
    name: nameOf(flags.name),
    kind,
    ...(flags.uuid === undefined ? {} : { uuid: flags.uuid }),
    ...(slots === undefined ? {} : { slots }),
    ...(vramMib === undefined ? {} : { vramMib }),
  };
}
