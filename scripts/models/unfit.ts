// Whether every model of the roster that declares no size can fit some card, by the header of its file. What declares
// its size is judged with the configuration itself (agents/protocol/check-roster.ts); here files are read, and the
// memory of a card that is no simulated one is known from its last life.
import { resolve } from 'node:path';
import { ESTIMATE_MARGIN, estimate, SPLIT_MARGIN } from '../../agents/models/estimate.ts';
import { readGguf } from '../../agents/models/gguf.ts';
import type { GgufModel } from '../../agents/models/gguf.ts';
import { CONTEXT_TOKENS_MIN } from '../../agents/models/need.ts';
import type { Settings } from '../../agents/process/settings.ts';
import { budgetOf, mayHold } from '../../agents/protocol/check-roster.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import type { Heartbeat } from '../../agents/protocol/heartbeat.ts';
import type { ModelConfig } from '../../agents/protocol/roster.ts';
import { readHeartbeats } from '../../agents/store/heartbeats.ts';
import type { Store } from '../../agents/store/store.ts';
import type { FitCard } from './fitting.ts';

/**
 * Before a start. What cannot be told (a card that was never up, a file that is on another host) is left to the agent.
 * @throws Fault CONFIG_ROSTER with the sums
 */
export async function refuseUnfit(
  { config, home, configPath }: Settings,
  store: Store,
): Promise<void> {
  const models = Object.entries(config.models).filter(([, model]) => isEstimated(model));
  if (models.length === 0 || config.agents === 'auto') return;
  const beats = new Map<string, Heartbeat>();
  for (const { agent, heartbeat } of await readHeartbeats(store))
    if (heartbeat !== null) beats.set(agent, heartbeat);
  const problems: string[] = [];
  for (const [name, model] of models) {
    const able = config.agents.filter((agent) => mayHold(model, agent));
    const known = able.flatMap((agent): FitCard[] => {
      const budgetMib = budgetOf(agent, config) ?? beats.get(agent.name)?.budget_mib;
      return budgetMib === undefined ? [] : [{ name: agent.name, budgetMib }];
    });
    if (known.length < able.length || wasMeasured(name, [...beats.values()])) continue;
    const file = await readGguf(resolve(home, model.source)).catch(() => null);
    const sums = file === null ? null : sumsOf(model, file, known);
    if (sums !== null) problems.push(`models.${name} ${sums}`);
  }
  if (problems.length === 0) return;
  throw new Fault(
    'CONFIG_ROSTER',
    { problem: problems.join('; ') },
    { file: configPath ?? 'config.json' },
  );
}

const isEstimated = ({ backend, device, vramMib }: ModelConfig): boolean =>
  backend === 'llama-server' && device === 'card' && vramMib === undefined;

/** A measurement beats an estimate. */
const wasMeasured = (name: string, beats: readonly Heartbeat[]): boolean =>
  beats.some(({ models }) =>
    models.some((held) => held.model === name && held.vram_measured_mib !== null),
  );

/** Null when it fits. A model of several cards takes its share of each. */
function sumsOf(model: ModelConfig, file: GgufModel, known: readonly FitCard[]): string | null {
  const { slots, kvType, cards } = model;
  const contextTokens = model.contextTokens ?? Math.min(CONTEXT_TOKENS_MIN, file.contextTokensMax);
  const { totalMib } = estimate(file, { slots, kvType, contextTokens, isFlashAttention: true });
  const margin = ESTIMATE_MARGIN * (cards === 1 ? 1 : SPLIT_MARGIN);
  const needMib = Math.ceil((totalMib * margin) / cards);
  if (known.filter(({ budgetMib }) => budgetMib >= needMib).length >= cards) return null;
  const sums = known.map(({ name, budgetMib }) => `${name}: ${budgetMib} MiB`).join('; ');
  const where = cards === 1 ? 'and fits no card' : `on each of ${cards} cards and does not fit`;
  return `needs ${needMib} MiB with ${contextTokens} tokens, by its header, ${where} (${sums})`;
}
