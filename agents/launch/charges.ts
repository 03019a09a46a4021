// Which processes this launch starts, and with which arguments. Pure.
import { didYouMean } from '../protocol/plan/suggest.ts';
import type { AgentConfig } from '../protocol/config.ts';
import { Fault } from '../protocol/fault.ts';
import { BRAIN_AGENT } from '../protocol/ids.ts';
import type { AgentKind } from '../protocol/layout.ts';

/** A process that launch is in charge of. */
export interface Charge {
  readonly name: string;
  readonly kind: 'brain' | AgentKind;
  readonly args: readonly string[];
}

export interface Selection {
  readonly isBrainWanted: boolean;
  /** Null: all of this host. */
  readonly agents: readonly string[] | null;
}

/** A simulated card is a card to everybody but its own agent. */
const kindOf = (agent: AgentConfig): AgentKind => (agent.kind === 'cpu' ? 'cpu' : 'gpu');

/** What an agent cannot find under its name in the configuration, because `"auto"` made it up. */
function flagsOf(agent: AgentConfig): string[] {
  const flags = ['--kind', agent.kind];
  if (agent.uuid !== undefined) flags.push('--uuid', agent.uuid);
  if (agent.slots !== undefined) flags.push('--slots', String(agent.slots));
  if (agent.vramMib !== undefined) flags.push('--vram-mib', String(agent.vramMib));
  return flags;
}

/** @throws Fault AGENT_UNKNOWN */
export function chargesOf(
  agents: readonly AgentConfig[],
  isAuto: boolean,
  selection: Selection,
): Charge[] {
  const known = agents.map(({ name }) => name);
  const wanted = selection.agents ?? known;
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, known);
    throw new Fault('AGENT_UNKNOWN', { agent: unknown, hint, known });
  }
  const charges: Charge[] = agents
    .filter(({ name }) => wanted.includes(name))
    .map((agent) => ({
      name: agent.name,
      kind: kindOf(agent),
      args: ['--name', agent.name, ...(isAuto ? flagsOf(agent) : [])],
    }));
  const brain: Charge = { name: BRAIN_AGENT, kind: 'brain', args: [] };
  return selection.isBrainWanted ? [brain, ...charges] : charges;
}
