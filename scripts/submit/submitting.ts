// From a plan that somebody named to a batch in the inbox. `submit` and `play` are this file.
import { realClock, realRandom, utc } from '../../agents/process/clock.ts';
import { Fault, Faults } from '../../agents/protocol/fault.ts';
import { formatBatchId } from '../../agents/protocol/ids.ts';
import type { Plan } from '../../agents/protocol/plan/types.ts';
import { checkModels } from '../../agents/protocol/roster-names.ts';
import { PRIORITIES } from '../../agents/protocol/words.ts';
import { readHeartbeats } from '../../agents/store/heartbeats.ts';
import { submit } from '../../agents/store/inbox.ts';
import { findBatch } from '../../agents/store/picture/batches.ts';
import { importPlan } from '../../agents/store/plan-import.ts';
import type { Imported } from '../../agents/store/plan-import.ts';
import type { Shared } from '../context.ts';
import { agentOfConfig, agentOfHeartbeat, checkFit } from './fit.ts';
import type { AbleAgent } from './fit.ts';
import { readInputs } from './inputs.ts';
import type { Given, Inputs } from './inputs.ts';
import { findBatchId } from '../look/names.ts';
import { findPlan, folderOf, parseFound } from './plans.ts';
import type { FoundPlan } from './plans.ts';
import { checkSchemas } from './schemas.ts';
import { whoAmI } from './who.ts';

export interface SubmitOptions extends Given {
  readonly priority?: number;
  /** A batch of the same plan whose completed tasks are taken over. */
  readonly resume?: string;
  /** The name under which a plan from outside is imported. */
  readonly name?: string;
}

/** Everything that was checked; nothing is written yet. */
export interface Prepared {
  readonly found: FoundPlan;
  readonly plan: Plan;
  readonly inputs: Inputs;
  readonly priority: number;
  readonly resumeOf: string | null;
  readonly warnings: readonly string[];
}

export interface Submitted {
  readonly batch: string;
  readonly plan: string;
  /** Null for a plan that lay in shared/plans already. */
  readonly imported: Imported | null;
}

/** @throws Fault, Faults: every way in which a plan, its inputs or its needs can be wrong */
export async function prepare(
  shared: Shared,
  planText: string,
  options: SubmitOptions,
): Promise<Prepared> {
  const found = await findPlan(shared, planText, options.name);
  const plan = parseFound(found);
  const inputs = readInputs(plan, options);
  const { config } = shared.settings;
  const models = checkModels(plan.tasks, config);
  const fit = checkFit(plan.tasks, await knownAgents(shared), config);
  const schemas = await checkSchemas(plan.tasks, folderOf(shared, found));
  const faults = [...models, ...schemas.faults, ...fit.faults];
  if (faults.length > 0) throw new Faults(faults);
  return {
    found,
    plan,
    inputs,
    priority: options.priority ?? PRIORITIES.normal,
    resumeOf:
      options.resume === undefined ? null : await findResumed(shared, found, options.resume),
    warnings: [...fit.warnings, ...schemas.warnings],
  };
}

/** Whoever has a heartbeat here, and whom the configuration of this host would start. */
export async function knownAgents({ store, settings }: Shared): Promise<AbleAgent[]> {
  const files = await readHeartbeats(store);
  const seen = files.flatMap(({ heartbeat }) =>
    heartbeat === null ? [] : [agentOfHeartbeat(heartbeat)],
  );
  const { config } = settings;
  const planned =
    config.agents === 'auto' ? [] : config.agents.map((one) => agentOfConfig(one, config));
  return [...seen, ...planned.filter(({ agent }) => !seen.some((one) => one.agent === agent))];
}

async function findResumed(shared: Shared, plan: FoundPlan, text: string): Promise<string> {
  const batch = await findBatchId(shared, text);
  const place = await findBatch(shared.store.disk, batch);
  if (place === null) throw new Fault('BATCH_UNKNOWN', { batch, hint: '' });
  if (place.plan !== plan.name) {
    throw new Fault('BATCH_OTHER_PLAN', { batch, found: place.plan, plan: plan.name });
  }
  return batch;
}

/** Imports the plan if it comes from outside, and publishes the batch by one rename. */
export async function submitPrepared(shared: Shared, prepared: Prepared): Promise<Submitted> {
  const { store, settings } = shared;
  const { found, inputs, priority, resumeOf } = prepared;
  const imported = found.origin === null ? null : await importPlan(store, found.origin, found.name);
  const plan = imported?.plan ?? found.name;
  if (resumeOf !== null && plan !== found.name) {
    throw new Fault('BATCH_OTHER_PLAN', { batch: resumeOf, found: found.name, plan });
  }
  const batch = formatBatchId(plan, realClock.wall(), realRandom.text(5));
  const record = {
    v: 1 as const,
    id: batch,
    plan,
    config: inputs.given,
    priority,
    submitted_at: utc(realClock),
    submitted_by: whoAmI(settings.host),
    ...(resumeOf === null ? {} : { resume_of: resumeOf }),
  };
  await submit(store, record, found.text);
  return { batch, plan, imported };
}
