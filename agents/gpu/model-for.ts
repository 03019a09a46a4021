// What a task on a model is given: the model of its claim, and what its role says about prompts. The claim
// names the model; the roster of this host names the rest.
import { resolve } from 'node:path';
import type { ModelInUse } from '../executor/prompt.ts';
import { Fault } from '../protocol/fault.ts';
import { chooseModels } from '../protocol/roster-names.ts';
import type { RoleConfig } from '../protocol/roster.ts';
import { wantsModel } from '../protocol/task.ts';
import type { Task } from '../protocol/task.ts';
import type { Agent, Job } from './agent.ts';

/** Null while the model is not ready, and for tasks that want none. */
export function modelFor(agent: Agent, { claim }: Job, task: Task): ModelInUse | null {
  if (claim.model === undefined || !wantsModel(task)) return null;
  const connection = agent.ports.models.connect(claim.model);
  if (connection === null) return null;
  const role = roleOf(agent, task);
  const systemFile = role?.system === undefined ? null : resolve(agent.me.home, role.system);
  return { ...connection, role, systemFile };
}

/** A roster that differs from the brain's costs a task its role and not its life. */
function roleOf({ config }: Agent, task: Task): RoleConfig | null {
  try {
    return chooseModels(task, config).role;
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}
