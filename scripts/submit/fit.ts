// Whether every task of a plan fits some agent when that agent is idle. Pure.
import type { AgentConfig, Config } from '../../agents/protocol/config.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import type { Heartbeat } from '../../agents/protocol/heartbeat.ts';
import type { PlanTask } from '../../agents/protocol/plan/types.ts';
import type { ModelConfig } from '../../agents/protocol/roster.ts';
import { vramNeed, wantsModel } from '../../agents/protocol/task.ts';

export interface AbleAgent {
  readonly agent: string;
  readonly classes: readonly string[];
  /** MiB that may be reserved; null when it is not known, or when there is no card. */
  readonly budgetMib: number | null;
}

export interface Fit {
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
}

export const agentOfHeartbeat = ({ agent, kind, classes, budget_mib }: Heartbeat): AbleAgent => ({
  agent,
  classes,
  budgetMib: kind === 'gpu' ? budget_mib : null,
});

const CARD_CLASSES = ['meta', 'script', 'cpu', 'llm'];
const CPU_CLASSES = ['meta', 'cpu'];

/** An agent without a card takes llm tasks when the roster has a model for it. */
const isForCpu = ({ backend, device, agents }: ModelConfig, name: string): boolean =>
  (backend === 'openai' || device === 'cpu') && (agents?.includes(name) ?? true);

export function agentOfConfig({ name, kind, vramMib }: AgentConfig, config: Config): AbleAgent {
  const isBudgetKnown = kind === 'simulated' && vramMib !== undefined;
  const isServing = Object.values(config.models).some((model) => isForCpu(model, name));
  const classes = isServing ? [...CPU_CLASSES, 'llm'] : CPU_CLASSES;
  return {
    agent: name,
    classes: kind === 'cpu' ? classes : CARD_CLASSES,
    budgetMib: isBudgetKnown ? Math.floor((vramMib * config.agent.budgetPercent) / 100) : null,
  };
}

/** `agents` is empty when none is known: then only what certainly cannot run anywhere is refused. */
export function checkFit(
  tasks: readonly PlanTask[],
  agents: readonly AbleAgent[],
  config: Config,
): Fit {
  const faults: Fault[] = [];
  const unjudged = new Set<string>();
  for (const task of tasks) {
    const { task_class: taskClass, executor } = task;
    // A missing class is corrected, or refused, by the brain.
    if (taskClass === undefined || executor === 'brain' || taskClass === 'brain') continue;
    if (agents.length === 0) {
      if (taskClass !== 'cpu' && taskClass !== 'meta') unjudged.add(taskClass);
      continue;
    }
    const problem = whyUnfit(task, taskClass, agents, config);
    if (problem !== null) {
      faults.push(new Fault('PLAN_UNFIT', { task: task.name, problem }, task.place));
    }
  }
  const warnings = [...unjudged].map(
    (name) => `no agent is known yet, so nobody can tell whether ${name} tasks fit one`,
  );
  return { faults, warnings };
}

function whyUnfit(
  task: PlanTask,
  taskClass: string,
  agents: readonly AbleAgent[],
  config: Config,
): string | null {
  // A command of class llm that names no model needs a card, and so does a script.
  const wanted = taskClass === 'llm' && !wantsModel(task) ? 'script' : taskClass;
  const able = agents.filter(({ classes }) => classes.includes(wanted));
  if (able.length === 0) {
    const known = agents.map(({ agent, classes }) => `${agent} takes ${classes.join(', ')}`);
    return `no agent takes class ${taskClass} (${known.join('; ')})`;
  }
  const need = vramNeed(task, config.agent);
  const fits = ({ budgetMib }: AbleAgent): boolean =>
    budgetMib === null || (need === 'all' ? budgetMib > 0 : need <= budgetMib);
  if (able.some(fits)) return null;
  const budgets = able.map(({ agent, budgetMib }) => `${agent} ${budgetMib} MiB`);
  return `it needs ${need === 'all' ? 'a card' : `${need} MiB`}, and the budgets are ${budgets.join(', ')}`;
}
