// What the brain writes into task files: the definition of the plan plus what submission adds.
import { SUMMARY_TASK } from '../protocol/ids.ts';
import type { Batch } from '../protocol/batch.ts';
import type { PlanTask } from '../protocol/plan/types.ts';
import type { GroupRecord, Task } from '../protocol/task.ts';
import type { Entry, Group, OpenBatch } from './model.ts';
import { subjectOf } from './thoughts.ts';

export function taskOf(batch: Batch, task: PlanTask, fixes: readonly string[]): Task {
  const { name, place: _, modelPlace: __, priority, ...definition } = task;
  return {
    v: 1,
    id: name,
    batch: batch.id,
    plan: batch.plan,
    template: name,
    ...definition,
    priority: priority ?? batch.priority,
    ...(fixes.length === 0 ? {} : { fix_applied: [...fixes] }),
  };
}

/** The file of one entry: the task itself, or a child with its items. */
export function fileOf(open: OpenBatch, group: Group, entry: Entry): Task {
  const task = taskOf(open.batch, group.task, group.fixes);
  if (!group.isForeach) return task;
  const { id, index, items } = entry;
  const about = subjectOf(group, entry);
  if (about !== null) return { ...task, id, index, about };
  return { ...task, id, index, ...(items === undefined ? {} : { items: [...items] }) };
}

/** The built-in last task of every batch. */
export function summaryTask(plan: string, dependsOn: readonly string[]): PlanTask {
  return {
    name: SUMMARY_TASK,
    place: { file: plan },
    priority: undefined,
    executor: 'brain',
    task_class: 'brain',
    command: '',
    builtin: 'summary',
    depends_on: [...dependsOn],
  };
}

export const groupRecordOf = (
  open: OpenBatch,
  template: string,
  children: GroupRecord['children'],
): GroupRecord => ({ v: 1, batch: open.batch.id, template, children });
