// What a name of a plan stands for in the roster, and whether the roster holds together. Pure.
import { Fault } from './fault.ts';
import { BRAIN_ROLE } from './ids.ts';
import type { PlanTask } from './plan/types.ts';
import { didYouMean } from './plan/suggest.ts';
import type { RoleConfig, Roster } from './roster.ts';
import { wantsModel } from './task.ts';
import type { ModelWish } from './task.ts';

/** The role of tasks that name no model, where the roster has one of this name. */
const DEFAULT_ROLE = 'default';

export interface Chosen {
  /** Models to take, the first that can be loaded. Never empty. */
  readonly chain: readonly string[];
  /** What it says about temperature, limits and the system prompt. */
  readonly role: RoleConfig | null;
}

const allNames = ({ models, roles, aliases }: Roster): string[] => [
  ...Object.keys(roles),
  ...Object.keys(aliases),
  ...Object.keys(models),
];

/** The model that a model's name or an alias stands for. */
export const modelNamed = ({ models, aliases }: Roster, name: string): string | null => {
  const target = aliases[name] ?? name;
  return models[target] === undefined ? null : target;
};

/** @throws Fault ROSTER_NAME_UNKNOWN, ROSTER_TIER, ROSTER_PLACEMENT, ROSTER_BRAIN_MISSING */
export function chooseModels(task: ModelWish, roster: Roster): Chosen {
  const { llm_min_tier: tierMin = 0, llm_model: name = nameFor(task, roster) } = task;
  const role = name === null ? null : (roster.roles[name] ?? null);
  const names =
    role === null ? (name === null ? byTier(roster) : [name]) : [role.model, ...role.fallbacks];
  const found = names.flatMap((each) => modelNamed(roster, each) ?? []);
  if (found.length === 0) {
    const known = allNames(roster);
    const details = { name: name ?? 'default', hint: didYouMean(name ?? '', known) };
    throw new Fault('ROSTER_NAME_UNKNOWN', { ...details, known: known.join(', ') || 'none' });
  }
  const able = [...new Set(found)].filter((each) => roster.models[each]!.tier >= tierMin);
  if (able.length > 0) return { chain: placed(task, able, roster), role };
  const tiers = found.map((each) => `${each} has tier ${roster.models[each]!.tier}`).join(', ');
  throw new Fault('ROSTER_TIER', { tier: tierMin, tiers });
}

/** How many cards a model takes is the roster's to say; a plan may only insist. @throws Fault ROSTER_PLACEMENT */
function placed(
  { llm_placement: placement = 'any' }: ModelWish,
  names: readonly string[],
  { models }: Roster,
): readonly string[] {
  if (placement === 'any') return names;
  const fitting = names.filter((name) => models[name]!.cards > 1 === (placement === 'split_gpu'));
  if (fitting.length > 0) return fitting;
  const cards = names.map((name) => `${name} takes ${models[name]!.cards}`).join(', ');
  throw new Fault('ROSTER_PLACEMENT', { placement, cards });
}

/** Decisions are the brain's: they never go to whatever model there is. */
function nameFor({ decide }: ModelWish, { roles }: Roster): string | null {
  if (decide === undefined) return roles[DEFAULT_ROLE] === undefined ? null : DEFAULT_ROLE;
  if (hasBrain({ roles })) return BRAIN_ROLE;
  throw new Fault('ROSTER_BRAIN_MISSING', { what: '`decide`' });
}

/** Whether the roster has a model that the brain may ask. */
export const hasBrain = ({ roles }: Pick<Roster, 'roles'>): boolean =>
  roles[BRAIN_ROLE] !== undefined;

/** The least able ones first: they are the cheapest that will do. */
const byTier = ({ models }: Roster): string[] =>
  Object.keys(models).toSorted((a, b) => models[a]!.tier - models[b]!.tier);

/** What is wrong with the models that the tasks of a plan name. */
export function checkModels(tasks: readonly PlanTask[], roster: Roster): Fault[] {
  const isThere = hasBrain(roster);
  return tasks.flatMap((task) => {
    if (task.evaluate === true && !isThere) {
      return [new Fault('ROSTER_BRAIN_MISSING', { what: '`evaluate`' }, task.place)];
    }
    if (!wantsModel(task)) return [];
    try {
      chooseModels(task, roster);
      return [];
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return [new Fault(error.code, error.details, task.modelPlace ?? task.place)];
    }
  });
}
