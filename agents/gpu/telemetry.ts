// Brings what the probe knows of the card into the state: how much memory there is, who holds it, and
// whether the card is to be spared.
import { reservations } from './occupancy.ts';
import type { Agent } from './agent.ts';
import { cardMemory, foreignMib, ownMib } from './card-memory.ts';
import { decideThermal } from './thermal.ts';

export function lookAtCard(agent: Agent): void {
  const { ports, state, config } = agent;
  if (ports.probe === null) return;
  const running = reservations(agent).filter(({ isEmpty }) => isEmpty !== true);
  const { card, problem } = ports.probe.read(ownMib(running));
  const thermal = decideThermal(state.thermal, card, config.thermal);
  const own = problem === null ? thermal.reasons : [problem];
  const constrained = [...own, ...state.partnersConstrained];
  const before = state.card?.constrained ?? [];
  if (before.length > 0 !== constrained.length > 0) {
    ports.log.info(
      { constrained },
      constrained.length > 0 ? 'the card is constrained' : 'the card is free',
    );
  }
  // The size of a card does not change while its telemetry is away.
  const totalMib = card.vram_total_mib ?? state.card?.memory.totalMib ?? 0;
  const foreign = card.vram_used_mib === null ? null : foreignMib(card.vram_used_mib, running);
  state.thermal = thermal.state;
  state.card = {
    card,
    constrained,
    memory: cardMemory(totalMib, foreign ?? 0, config.agent),
    foreignMib: foreign,
  };
}

/** Asks which process group holds how much memory of the card. */
export async function measureJobs(agent: Agent): Promise<void> {
  const { ports, jobs } = agent;
  const measured = (await ports.probe?.measureGroups()) ?? null;
  for (const job of jobs.values()) {
    const leader = job.live?.leader ?? null;
    job.usedMib = measured === null || leader === null ? null : (measured.get(leader.pid) ?? 0);
    if (job.usedMib !== null) job.peakMib = Math.max(job.peakMib ?? 0, job.usedMib);
  }
  // What is not of these groups is foreign.
  lookAtCard(agent);
}
