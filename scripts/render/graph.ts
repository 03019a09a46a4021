// What a plan would do: its tasks in an order in which they can run. Pure.
import { dependencyName, parseDependency } from '../../agents/protocol/plan/dependencies.ts';
import type { Plan, PlanTask } from '../../agents/protocol/plan/types.ts';
import { vramNeed } from '../../agents/protocol/task.ts';
import type { VramDefaults } from '../../agents/protocol/task.ts';
import type { Paint } from './paint.ts';
import { columns } from './text.ts';

export interface GraphRow {
  /** Tasks of one step can run at the same time. */
  readonly step: number;
  readonly task: string;
  readonly executor: 'brain' | 'worker';
  readonly task_class: string | null;
  /** MiB, or `all`. */
  readonly vram: number | 'all';
  readonly depends_on: readonly string[];
  readonly foreach: string | null;
  readonly batch_size: number | null;
  readonly priority: number | null;
}

/** By step, then in the order of the plan. The parser has refused cycles. */
export function graphOf(plan: Pick<Plan, 'tasks'>, defaults: VramDefaults): GraphRow[] {
  const byName = new Map(plan.tasks.map((task) => [task.name, task]));
  const steps = new Map<string, number>();
  const stepOf = (task: PlanTask): number => {
    const known = steps.get(task.name);
    if (known !== undefined) return known;
    const before = task.depends_on.map((text) => byName.get(dependencyName(parseDependency(text))));
    const step =
      1 + Math.max(0, ...before.flatMap((one) => (one === undefined ? [] : [stepOf(one)])));
    steps.set(task.name, step);
    return step;
  };
  const rows = plan.tasks.map((task) => rowOf(task, stepOf(task), defaults));
  return rows.toSorted((a, b) => a.step - b.step);
}

const rowOf = (task: PlanTask, step: number, defaults: VramDefaults): GraphRow => ({
  step,
  task: task.name,
  executor: task.executor,
  task_class: task.task_class ?? null,
  vram: task.executor === 'brain' ? 0 : vramNeed(task, defaults),
  depends_on: task.depends_on,
  foreach: task.foreach ?? null,
  batch_size: task.batch_size ?? null,
  priority: task.priority ?? null,
});

export function renderGraph(rows: readonly GraphRow[], paint: Paint): string[] {
  const cells = rows.map((row) => [
    paint.dim(String(row.step)),
    paint.bold(row.task),
    row.executor === 'brain' ? 'brain' : (row.task_class ?? paint.yellow('no class')),
    needOf(row),
    [
      row.depends_on.length === 0 ? '' : `after ${row.depends_on.join(', ')}`,
      row.foreach === null ? '' : `for each of ${row.foreach}`,
      row.batch_size === null ? '' : `${row.batch_size} at a time`,
    ]
      .filter((part) => part !== '')
      .join('; '),
  ]);
  return columns(cells, '  ');
}

function needOf({ vram }: GraphRow): string {
  if (vram === 0) return '';
  return vram === 'all' ? 'a whole card' : `${vram} MiB`;
}

export const renderInputs = (inputs: Readonly<Record<string, unknown>>): string[] =>
  columns(
    Object.entries(inputs).map(([name, value]) => [name, JSON.stringify(value)]),
    '  ',
  );
