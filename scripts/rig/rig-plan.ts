// What `tutti setup` makes of a rig: the agents of config.json. Pure. What a person wrote stays: names,
// curves, slots. Only a card that is gone takes its agent with it, and only when the cards are known.
import type { AgentConfig, Config } from '../../agents/protocol/config.ts';
import type { CardList } from '../../agents/process/cards.ts';

export interface RigPlan {
  readonly agents: readonly AgentConfig[];
  readonly removed: readonly AgentConfig[];
}

/** A simulated card of a size that the examples fit in. */
const SIMULATED_VRAM_MIB = 8192;

export function planRig(
  before: Config['agents'],
  cards: CardList,
  simulatedCount: number,
): RigPlan {
  const known = before === 'auto' ? [] : before;
  const uuids = cards.is === 'ok' ? cards.cards.map(({ uuid }) => uuid) : [];
  const isGone = ({ kind, uuid }: AgentConfig): boolean =>
    cards.is !== 'failed' && kind === 'gpu' && uuid !== undefined && !uuids.includes(uuid);
  const agents = known.filter((agent) => !isGone(agent));
  const add = (stem: string, rest: Omit<AgentConfig, 'name'>): void => {
    const names = new Set(agents.map(({ name }) => name));
    let number = 1;
    while (names.has(`${stem}-${number}`)) number += 1;
    agents.push({ name: `${stem}-${number}`, ...rest });
  };
  for (const uuid of uuids) {
    if (!agents.some((agent) => agent.uuid === uuid)) add('gpu', { kind: 'gpu', uuid });
  }
  while (agents.filter(({ kind }) => kind === 'simulated').length < simulatedCount) {
    add('sim', { kind: 'simulated', vramMib: SIMULATED_VRAM_MIB });
  }
  if (!agents.some(({ kind }) => kind === 'cpu')) add('cpu', { kind: 'cpu' });
  return { agents, removed: known.filter(isGone) };
}

/** The file with these agents; every other key, known or not, stays as it is. */
export function withAgents(text: string | null, agents: readonly AgentConfig[]): string {
  const before = JSON.parse(text ?? '{}') as Record<string, unknown>;
  return `${JSON.stringify({ ...before, agents }, null, 2)}\n`;
}

/** The lines that go and the lines that come, between what both have at their start and at their end. */
export function diffLines(before: string, after: string): string[] {
  const old = before.split('\n');
  const now = after.split('\n');
  let start = 0;
  while (start < Math.min(old.length, now.length) && old[start] === now[start]) start += 1;
  let end = 0;
  const room = Math.min(old.length, now.length) - start;
  while (end < room && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  return [
    ...old.slice(start, old.length - end).map((line) => `- ${line}`),
    ...now.slice(start, now.length - end).map((line) => `+ ${line}`),
  ];
}
