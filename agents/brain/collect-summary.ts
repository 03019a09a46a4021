// Reads what a summary needs beyond the model: the records of what failed, and the outputs.
import type { Summary } from '../protocol/batch.ts';
import { batchPath } from '../protocol/layout.ts';
import { SYSTEM_PLAN } from '../protocol/ids.ts';
import type { FailedName } from '../protocol/lane-name.ts';
import { parseDiagnosis } from '../protocol/thought.ts';
import { utc } from '../process/clock.ts';
import { readAttempt } from '../store/attempts.ts';
import type { Store } from '../store/store.ts';
import type { Decision } from './decisions.ts';
import type { Effects } from './effects.ts';
import type { OpenBatch } from './model.ts';
import { countsOf, failuresOf, planGroups, sumCounts, verdictOf } from './summary.ts';
import { attemptKey } from './thoughts.ts';

const OUTPUTS_MAX = 100;

export type Diagnoses = NonNullable<Extract<Decision, { is: 'summarise' }>['diagnoses']>;

export async function collectSummary(
  effects: Effects,
  open: OpenBatch,
  diagnoses: Diagnoses = {},
): Promise<Summary> {
  const { store, clock, policy } = effects;
  const { batch, goal } = open;
  const groups = planGroups(open);
  const failures = groups.flatMap(failuresOf);
  const limit = policy.config.brain.summaryProblemsMax;
  const problems: Summary['problems'] = [];
  for (const name of failures.slice(0, limit)) {
    problems.push({
      ...(await problemOf(store, open, name)),
      ...(await diagnosisOf(store, open, name, diagnoses)),
    });
  }
  const path = batchPath(batch.plan, batch.id);
  return {
    v: 1,
    batch: batch.id,
    plan: batch.plan,
    ...verdictOf(open),
    submitted_at: batch.submitted_at,
    finished_at: utc(clock),
    duration_ms: open.isFromStart ? Math.round(clock.monotonicMs() - open.openedMs) : null,
    counts: sumCounts(groups.map(countsOf)),
    attempts: open.attempts,
    ...(goal === null
      ? {}
      : {
          goal: {
            target: goal.target,
            accepted: goal.accepted,
            tracked_task: goal.tracked,
            reached: goal.accepted >= goal.target - goal.tolerance,
          },
        }),
    groups: groups.map((group) => ({
      task: group.name,
      foreach: group.isForeach,
      ...countsOf(group),
      duration_ms_mean:
        group.durationCount === 0 ? null : Math.round(group.durationMsSum / group.durationCount),
    })),
    problems,
    problems_omitted: Math.max(0, failures.length - limit),
    outputs: await outputsOf(store, `${path}/output`),
    errors: [],
  };
}

async function problemOf(
  store: Store,
  open: OpenBatch,
  { task, reason, counts }: FailedName,
): Promise<Summary['problems'][number]> {
  const { id, plan } = open.batch;
  const read = await readAttempt(store, plan, id, task, counts.attempt);
  const record = read.is === 'ok' ? read.value : null;
  return {
    task,
    reason,
    attempt: counts.attempt,
    agent: record?.agent ?? null,
    exit_code: record?.exit_code ?? null,
    message: record?.message ?? 'The attempt left no record.',
    log: counts.attempt === 0 ? null : (record?.log ?? null),
  };
}

/** A definition error that a rule has found is one, whatever a model says. */
async function diagnosisOf(
  store: Store,
  { batch }: OpenBatch,
  { task, counts, reason }: FailedName,
  diagnoses: Diagnoses,
): Promise<Pick<Summary['problems'][number], 'diagnosis'>> {
  const { attempt } = counts;
  const thought = diagnoses[attemptKey({ batch: batch.id, task, attempt })];
  if (thought === undefined) return {};
  const read = await readAttempt(store, SYSTEM_PLAN, thought.batch, thought.task, thought.attempt);
  const result = read.is === 'ok' ? read.value.result : null;
  const diagnosis = parseDiagnosis(result, reason === 'definition');
  return diagnosis === null ? {} : { diagnosis };
}

async function outputsOf(store: Store, directory: string): Promise<string[]> {
  const names = ((await store.disk.list(directory)) ?? []).toSorted();
  return names.slice(0, OUTPUTS_MAX).map((name) => `${directory}/${name}`);
}
