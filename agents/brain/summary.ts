// The summary of a batch: its verdict from the terminal states of its tasks, and its text. Pure.
import type { Batch, Summary, SummaryCounts } from '../protocol/batch.ts';
import type { FailedName } from '../protocol/lane-name.ts';
import { adviceText } from '../protocol/thought.ts';
import type { Verdict } from '../protocol/words.ts';
import type { Group, OpenBatch } from './model.ts';
import { resultOf } from './standing.ts';

const NOTHING: SummaryCounts = { total: 0, complete: 0, failed: 0, skipped: 0, cancelled: 0 };

export function countsOf(group: Group): SummaryCounts {
  const { complete, failed, skipped, cancelled, waiting } = group.tally;
  const total = group.entries?.length ?? 0;
  // Children that never got a file ended with their template.
  const withTemplate = { ...NOTHING, total, complete, failed, skipped, cancelled };
  if (waiting === 0) return withTemplate;
  return group.templateReason === 'skipped'
    ? { ...withTemplate, skipped: skipped + waiting }
    : { ...withTemplate, cancelled: cancelled + waiting };
}

/** Failures first: what was skipped or cancelled follows from them. */
export function failuresOf(group: Group): FailedName[] {
  const names = (group.entries ?? []).flatMap(({ state }) =>
    state.is === 'ended' ? [state.name] : [],
  );
  const isCause = (name: FailedName): boolean =>
    name.reason !== 'skipped' && name.reason !== 'cancelled';
  const causes = names.filter(isCause);
  if (group.isForeach && group.templateReason === 'definition') {
    const counts = { attempt: 0, failures: 0, losses: 0, notNow: 0 };
    causes.push({ task: group.name, counts, reason: 'definition' });
  }
  return causes;
}

export const sumCounts = (all: readonly SummaryCounts[]): SummaryCounts =>
  all.reduce(
    (sum, c) => ({
      total: sum.total + c.total,
      complete: sum.complete + c.complete,
      failed: sum.failed + c.failed,
      skipped: sum.skipped + c.skipped,
      cancelled: sum.cancelled + c.cancelled,
    }),
    NOTHING,
  );

/** The headings of the plan, without the built-in summary. */
export const planGroups = (open: OpenBatch): Group[] =>
  [...open.groups.values()].filter((group) => group.task.builtin === undefined);

export function verdictOf(open: OpenBatch): { readonly verdict: Verdict; readonly reason: string } {
  if (open.control.isCancelled) return { verdict: 'cancelled', reason: 'an operator cancelled it' };
  const results = planGroups(open).map((group) => ({ group, result: resultOf(open, group) }));
  const named = (wanted: string): string[] =>
    results.filter(({ result }) => result === wanted).map(({ group }) => group.name);
  const [failed, skipped, cancelled] = [named('failed'), named('skipped'), named('cancelled')];
  const { goal } = open;
  if (goal !== null && goal.accepted < goal.target - goal.tolerance) {
    const reason = `the goal was missed: ${goal.accepted} of ${goal.target} ${goal.tracked} tasks accepted`;
    return { verdict: 'failed', reason };
  }
  if (failed.length > 0) return { verdict: 'failed', reason: `failed: ${failed.join(', ')}` };
  if (cancelled.length > 0) {
    return { verdict: 'cancelled', reason: `cancelled: ${cancelled.join(', ')}` };
  }
  if (skipped.length > 0) return { verdict: 'failed', reason: `skipped: ${skipped.join(', ')}` };
  return { verdict: 'complete', reason: 'every task is complete' };
}

export const rejection = (batch: Batch, errors: readonly string[], at: string): Summary => ({
  v: 1,
  batch: batch.id,
  plan: batch.plan,
  verdict: 'rejected',
  reason: 'the plan or its inputs are wrong; nothing ran',
  submitted_at: batch.submitted_at,
  finished_at: at,
  duration_ms: null,
  counts: NOTHING,
  attempts: 0,
  groups: [],
  problems: [],
  problems_omitted: 0,
  outputs: [],
  errors: [...errors],
});

const seconds = (ms: number | null): string => (ms === null ? '–' : `${(ms / 1000).toFixed(1)} s`);

/** What a model says stands apart from what is known. */
const adviceOf = ({ diagnosis }: Summary['problems'][number]): string =>
  diagnosis === undefined ? '' : `\n  ${adviceText(diagnosis)}`;

/** RUN_SUMMARY.md: the same facts, for a person with `cat`. */
export function renderSummary(summary: Summary): string {
  const { counts } = summary;
  const rows = summary.groups.map(
    (g) =>
      `| ${g.task} | ${g.total} | ${g.complete} | ${g.failed} | ${g.skipped} | ${g.cancelled} | ${seconds(g.duration_ms_mean)} |`,
  );
  const problems = summary.problems.map(
    (p) =>
      `- **${p.task}** (${p.reason}, attempt ${p.attempt}): ${p.message}${p.log === null ? '' : `\n  Log: ${p.log}`}${adviceOf(p)}`,
  );
  const omitted =
    summary.problems_omitted > 0
      ? [`- and ${summary.problems_omitted} more in tasks/failed/${summary.batch}/`]
      : [];
  return [
    `# ${summary.batch}: ${summary.verdict}`,
    '',
    `${summary.reason}. ${counts.complete} of ${counts.total} tasks complete, ${counts.failed} failed, ` +
      `${counts.skipped} skipped, ${counts.cancelled} cancelled; ${summary.attempts} attempts${summary.duration_ms === null ? '' : ` in ${seconds(summary.duration_ms)}`}.`,
    '',
    '| task | total | complete | failed | skipped | cancelled | mean time |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...rows,
    ...(problems.length === 0 ? [] : ['', '## Problems', '', ...problems, ...omitted]),
    ...(summary.outputs.length === 0
      ? []
      : ['', '## Outputs', '', ...summary.outputs.map((o) => `- ${o}`)]),
    '',
  ].join('\n');
}
