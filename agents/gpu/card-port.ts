// The card of this agent as its runtime sees it: what models may have of it, and which of them are in use.
import type { CardPort } from '../models/runtime.ts';
import { reservations, usersOf } from './occupancy.ts';
import type { Agent } from './agent.ts';
import { reservedMib } from './card-memory.ts';
import { lookAtCard } from './telemetry.ts';

export const cardPortOf = (agent: Agent): CardPort => ({
  devices: agent.ports.probe === null ? '' : agent.me.cudaDevices,
  memory() {
    lookAtCard(agent);
    const { card } = agent.state;
    const usedMib = card?.card.vram_used_mib ?? null;
    if (card === null || usedMib === null) return null;
    const tasks = reservations(agent).filter(({ isServed }) => isServed !== true);
    const { budgetMib, totalMib, headroomMib } = card.memory;
    return {
      budgetMib: budgetMib - reservedMib(tasks),
      freeMib: Math.max(0, totalMib - usedMib - headroomMib),
    };
  },
  isIdle: (model) => usersOf(agent, model) === 0,
});
