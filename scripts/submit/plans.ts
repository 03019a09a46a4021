// What a person means by <plan>: a name below shared/plans, or a path to a plan anywhere.
import { basename, dirname, relative, resolve } from 'node:path';
import { Fault } from '../../agents/protocol/fault.ts';
import { PLAN_NAME, SYSTEM_PLAN } from '../../agents/protocol/ids.ts';
import { PLANS, planPath } from '../../agents/protocol/layout.ts';
import { parsePlan } from '../../agents/protocol/plan/parse.ts';
import { didYouMean } from '../../agents/protocol/plan/suggest.ts';
import type { Plan } from '../../agents/protocol/plan/types.ts';
import { findPlanFile, readOutside } from '../../agents/store/outside.ts';
import type { PlanOrigin } from '../../agents/store/outside.ts';
import { listPlans } from '../../agents/store/picture/batches.ts';
import type { Shared } from '../context.ts';
import { shownPath } from '../look/paths.ts';

export interface FoundPlan {
  /** Its name in shared/plans, or the one it gets there. */
  readonly name: string;
  /** Null for a plan that lies in shared/plans already. */
  readonly origin: PlanOrigin | null;
  /** As errors show it: relative to where the command runs when it lies below. */
  readonly file: string;
  readonly text: string;
}

export const PLAN_BYTES_MAX = 4_194_304;
const OUTER_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/;

const isPath = (text: string): boolean =>
  /^(\.{0,2}\/|\.{1,2}$)/.test(text) || text.endsWith('.md');

/** @throws Fault PLAN_UNKNOWN, PLAN_NAME_REFUSED, FILE_TOO_LARGE */
export async function findPlan(
  shared: Shared,
  text: string,
  importName: string | undefined,
): Promise<FoundPlan> {
  const { disk } = shared.store;
  if (!isPath(text)) {
    if (!PLAN_NAME.test(text) || text === SYSTEM_PLAN) throw refuse(text);
    if ((await disk.stat(`${planPath(text)}/plan.md`)) !== null) return inside(shared, text);
  }
  const origin = findPlanFile(resolve(text));
  if (origin === null) throw await unknown(shared, text);
  const plans = disk.absolute(PLANS);
  const name = relative(plans, origin.folder);
  if (PLAN_NAME.test(name) && origin.file === 'plan.md') return inside(shared, name);
  return outside(origin, importName ?? nameOf(origin));
}

function inside(shared: Shared, name: string): FoundPlan {
  const path = shared.store.disk.absolute(`${planPath(name)}/plan.md`);
  return { name, origin: null, file: shownPath(path), text: readOutside(path, PLAN_BYTES_MAX) };
}

function outside(origin: PlanOrigin, name: string): FoundPlan {
  if (!OUTER_NAME.test(name) || name === SYSTEM_PLAN) throw refuse(name);
  const path = `${origin.folder}/${origin.file}`;
  return { name, origin, file: shownPath(path), text: readOutside(path, PLAN_BYTES_MAX) };
}

/** Where its files are now: one from outside is imported after everything was checked. */
export const folderOf = ({ store }: Shared, { name, origin }: FoundPlan): string =>
  origin?.folder ?? store.disk.absolute(planPath(name));

const nameOf = ({ folder, file }: PlanOrigin): string =>
  file === 'plan.md' ? basename(folder) : file.slice(0, -'.md'.length);

function refuse(plan: string): Fault {
  const problem = plan.split('/').includes('..')
    ? 'it holds `..`'
    : plan === '' || plan === SYSTEM_PLAN
      ? plan === ''
        ? 'it is empty'
        : 'the brain keeps its own wishes there'
      : 'it has characters or a length that a folder of plans cannot have';
  return new Fault('PLAN_NAME_REFUSED', { plan: JSON.stringify(plan), problem });
}

async function unknown(shared: Shared, text: string): Promise<Fault> {
  const { disk } = shared.store;
  const known = (await listPlans(disk)).filter((plan) => plan !== SYSTEM_PLAN);
  const name = text.endsWith('plan.md') ? basename(dirname(text)) : text;
  const nested = known.find((plan) => plan.endsWith(`/${name}`));
  const hint = nested === undefined ? didYouMean(name, known) : `Did you mean \`${nested}\`? `;
  return new Fault('PLAN_UNKNOWN', { plan: text, hint, plans: disk.absolute(PLANS) });
}

/** @throws Faults with every error of the plan */
export const parseFound = (found: FoundPlan): Plan => parsePlan(found.text, found.file);
