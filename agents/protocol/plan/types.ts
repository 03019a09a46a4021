// What the parser makes of a plan. Positions are kept so that every later check can point at the line.
import type { Place } from '../fault.ts';
import type { Task } from '../task.ts';

/** An input declared in the front matter or under `## Inputs`. */
export interface PlanInput {
  readonly name: string;
  readonly type: 'string' | 'number' | 'boolean' | 'path' | 'json';
  readonly default?: unknown;
  readonly isRequired: boolean;
  readonly choices?: readonly unknown[];
  readonly description?: string;
}

/** `## Goal` with `type: target_count`: the batch ends as soon as enough tracked tasks were accepted. */
export interface PlanGoal {
  readonly target: number;
  /** How many fewer than `target` are still good enough when nothing more can be tried. */
  readonly tolerance: number;
  readonly trackedTask: string;
  /** At most target × this many tracked tasks are ever released. */
  readonly maxAttemptsMultiplier: number;
}

/** A task or template as written: everything of a task file but what submission adds. */
export interface PlanTask extends Omit<
  Task,
  'v' | 'id' | 'batch' | 'plan' | 'template' | 'index' | 'items' | 'priority' | 'fix_applied'
> {
  readonly name: string;
  /** Undefined: the batch's priority. */
  readonly priority: number | undefined;
  readonly place: Place;
  /** Where it names its model. */
  readonly modelPlace?: Place;
}

export interface Plan {
  readonly title: string;
  readonly inputs: readonly PlanInput[];
  readonly goal: PlanGoal | undefined;
  readonly tasks: readonly PlanTask[];
}
