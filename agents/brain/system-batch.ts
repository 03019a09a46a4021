// The batch of the brain's own wishes: to load a model on a card, to unload it, and to ask a model about an attempt. Its tasks pass the lanes like
// all others, with attempts, losses and records; only that they are no lines of a plan but children that the brain
// adds as it goes. Each brain opens one at its first wish, and lets those of earlier brains run empty.
import type { Batch } from '../protocol/batch.ts';
import type { Config } from '../protocol/config.ts';
import { BRAIN_ROLE, SYSTEM_PLAN } from '../protocol/ids.ts';
import { BATCH_DIRECTORIES, batchPath, completePath, failedPath } from '../protocol/layout.ts';
import { parsePlan } from '../protocol/plan/parse.ts';
import type { Plan, PlanTask } from '../protocol/plan/types.ts';
import { THOUGHT_OF, THOUGHTS } from '../protocol/thought.ts';
import { PRIORITIES } from '../protocol/words.ts';
import { utc } from '../process/clock.ts';
import { encode } from '../store/records.ts';
import { publish } from '../store/store.ts';
import type { Effects } from './effects.ts';
import type { MetaVerb } from './memory.ts';
import type { OpenBatch } from './model.ts';
import { openBatch } from './open-batch.ts';
import { createPrivateTasks } from './private-tasks.ts';
import { toEnd } from './steps.ts';
import { addEntries } from './progress.ts';
import { Superseded } from './superseded.ts';

export type WishTries = Pick<Config['modelPolicy'], 'loadTriesMax' | 'groupTriesMax'>;

/** A plan like any other for whoever reads it; what its children do is built in. */
const PLAN_TEXT = `# Plan: the brain's own wishes

## Tasks

### load_llm

- **task_class**: meta
- **foreach**: {BATCH_PATH}/wishes.json
- **command**: :

### load_split

- **task_class**: meta
- **foreach**: {BATCH_PATH}/wishes.json
- **command**: :

### unload_llm

- **task_class**: meta
- **foreach**: {BATCH_PATH}/wishes.json
- **command**: :

### evaluate

- **task_class**: llm
- **foreach**: {BATCH_PATH}/wishes.json
- **command**: :

### diagnose

- **task_class**: llm
- **foreach**: {BATCH_PATH}/wishes.json
- **command**: :
`;

function systemPlan(file: string, tries: WishTries): Plan {
  const plan = parsePlan(PLAN_TEXT, file);
  return { ...plan, tasks: plan.tasks.map((task) => builtinOf(task, tries)) };
}

function builtinOf(task: PlanTask, { loadTriesMax, groupTriesMax }: WishTries): PlanTask {
  const verb = THOUGHTS.find((each) => each === task.name);
  if (verb === undefined) {
    const builtin = task.name as MetaVerb;
    const triesMax = builtin === 'load_split' ? groupTriesMax : loadTriesMax;
    return { ...task, command: '', builtin, retries: triesMax - 1 };
  }
  // A thought is no more urgent than what people ask models for.
  const { normal: priority } = PRIORITIES;
  return {
    ...task,
    command: '',
    builtin: verb,
    llm_model: BRAIN_ROLE,
    priority,
    ...THOUGHT_OF[verb],
  };
}

/** The model of a system batch, without children. */
export function openSystem(batch: Batch, tries: WishTries, nowMs: number): OpenBatch {
  const plan = systemPlan(`${batchPath(batch.plan, batch.id)}/plan.md`, tries);
  const open = openBatch(batch, plan, {}, nowMs, false);
  for (const { name } of plan.tasks) addEntries(open, open.groups.get(name)!, []);
  return open;
}

/** Creates it. Its private directory comes last: until then nobody takes it for open. */
export async function createSystem(effects: Effects, id: string): Promise<OpenBatch> {
  const { store, clock, policy } = effects;
  const { disk } = store;
  const base = batchPath(SYSTEM_PLAN, id);
  const batch: Batch = {
    v: 1,
    id,
    plan: SYSTEM_PLAN,
    config: {},
    priority: PRIORITIES.urgent,
    submitted_at: utc(clock),
    submitted_by: 'brain',
  };
  const open = openSystem(batch, policy.config.modelPolicy, clock.monotonicMs());
  for (const name of BATCH_DIRECTORIES) await disk.mkdir(`${base}/${name}`);
  await publish(store, `${base}/plan.md`, PLAN_TEXT);
  await publish(store, `${base}/batch.json`, encode(batch));
  for (const lane of [completePath(id), failedPath(id)]) await disk.mkdir(lane);
  if (!(await toEnd(createPrivateTasks(store, open)))) throw new Superseded();
  return open;
}
