// A roster that has lost a model after a batch was accepted. Pure.
import { wantsModel } from '../protocol/task.ts';
import type { Decision } from './decisions.ts';
import { settle } from './fate.ts';
import { chainOf } from './marks.ts';
import type { Group, OpenBatch } from './model.ts';
import type { Policy } from './policy.ts';
import { isActive } from './standing.ts';

/** The roster has lost the model since the batch was accepted: nobody could ever take the task. */
export function disown(open: OpenBatch, group: Group, policy: Policy): Decision[] {
  if (group.tally.waiting === 0 || !wantsModel(group.task)) return [];
  if (chainOf(group.task, policy).length > 0) return [];
  const name = group.task.llm_model ?? 'none';
  const reason = `the roster of config.json has no model for it any more: it names ${name}`;
  // Children without a file end with their template.
  if (!group.isForeach) return settle(open, group, { is: 'fail', as: 'definition', reason });
  if (isActive(group.tally) || group.template !== 'private') return [];
  return [{ is: 'close', batch: open.batch.id, task: group.name, as: 'definition', reason }];
}
