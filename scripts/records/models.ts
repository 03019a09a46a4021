// The record of `tutti models`: the roster, and what the agents say of each model in it. Pure.
import type { Config } from '../../agents/protocol/config.ts';
import type { Heartbeat } from '../../agents/protocol/heartbeat.ts';

export interface ModelPlace {
  readonly agent: string;
  readonly state: string;
  /** Whose cards it takes as well. */
  readonly partners: readonly string[];
  readonly slots: number;
  readonly slots_used: number;
  readonly context_tokens: number | null;
  /** MiB of the card: to reserve before a load, reserved now, measured. Null: not known. */
  readonly vram_need_mib: number | null;
  readonly vram_reserved_mib: number;
  readonly vram_measured_mib: number | null;
  readonly budget_mib: number;
  readonly refused: string | null;
  readonly note: string | null;
}

export interface ModelRecord {
  readonly model: string;
  readonly backend: string;
  readonly source: string;
  readonly tier: number;
  /** What plans may call it besides its name: aliases, then roles, with those that fall back to it. */
  readonly names: readonly string[];
  readonly agents: readonly ModelPlace[];
}

export interface ModelsRecord {
  readonly schema: 'tutti.models/1';
  readonly models: readonly ModelRecord[];
}

export function buildModels(config: Config, beats: readonly Heartbeat[]): ModelsRecord {
  const models = Object.entries(config.models).map(
    ([model, { backend, source, tier }]): ModelRecord => ({
      model,
      backend,
      source,
      tier,
      names: namesOf(config, model),
      agents: beats
        .filter(({ state }) => state !== 'stopped')
        .flatMap(({ agent, budget_mib, models: held }) =>
          held
            .filter((each) => each.model === model)
            .map((each) => placeOf(agent, budget_mib, each)),
        ),
    }),
  );
  return { schema: 'tutti.models/1', models };
}

function namesOf({ aliases, roles }: Config, model: string): string[] {
  const isIt = (name: string): boolean => (aliases[name] ?? name) === model;
  return [
    ...Object.keys(aliases).filter((name) => aliases[name] === model),
    ...Object.keys(roles).filter((name) => isIt(roles[name]!.model)),
    ...Object.keys(roles)
      .filter((name) => roles[name]!.fallbacks.some(isIt))
      .map((name) => `${name} (fallback)`),
  ];
}

const placeOf = (
  agent: string,
  budgetMib: number,
  held: Heartbeat['models'][number],
): ModelPlace => ({
  agent,
  state: held.draining ? 'draining' : held.state,
  partners: held.partners ?? [],
  slots: held.slots,
  slots_used: held.slots_used,
  context_tokens: held.context_tokens,
  vram_need_mib: held.vram_need_mib,
  vram_reserved_mib: held.vram_reserved_mib,
  vram_measured_mib: held.vram_measured_mib,
  budget_mib: budgetMib,
  refused: held.refused,
  note: held.note,
});
