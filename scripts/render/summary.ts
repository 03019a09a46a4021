// How a batch ended: a table by heading, what went wrong, and what it made. Pure.
import type { Summary } from '../../agents/protocol/batch.ts';
import { adviceText } from '../../agents/protocol/thought.ts';
import type { Paint } from './paint.ts';
import { columns, duration, plural, stateColour } from './text.ts';

const PROBLEMS_SHOWN = 10;

export interface SummaryLook {
  readonly paint: Paint;
  /** Where a file of `shared/` is, for this person. */
  readonly shown: (path: string) => string;
}

export function renderSummary(summary: Summary, look: SummaryLook): string[] {
  const { paint, shown } = look;
  return [
    verdictLine(summary, paint),
    ...(summary.groups.length === 0 ? [] : ['', ...table(summary, paint)]),
    ...summary.errors.flatMap((error) => error.split('\n').map((line) => `  ${line}`)),
    ...problems(summary, look),
    ...(summary.outputs.length === 0 ? [] : ['', paint.bold('Made')]),
    ...summary.outputs.map((path) => `  ${shown(path)}`),
  ];
}

function verdictLine(summary: Summary, paint: Paint): string {
  const { verdict, reason, counts, attempts, duration_ms: ms, batch, goal } = summary;
  const mark = verdict === 'complete' ? '✓' : '✗';
  const word = stateColour(verdict, paint)(`${mark} ${verdict}`);
  const took = ms === null ? '' : ` in ${duration(ms)}`;
  const tried = attempts > 0 ? `, ${plural(attempts, 'attempt')}` : '';
  const facts = `${counts.complete} of ${plural(counts.total, 'task')}${took}${tried}`;
  const why = verdict === 'complete' ? '' : `: ${reason}`;
  const target = goal === undefined ? '' : `, goal ${goal.accepted}/${goal.target}`;
  return `${word}  ${paint.bold(batch)}  ${facts}${target}${why}`;
}

function table(summary: Summary, paint: Paint): string[] {
  const kinds = (['failed', 'skipped', 'cancelled'] as const).filter(
    (kind) => summary.counts[kind] > 0,
  );
  const head = ['task', 'total', 'complete', ...kinds, 'mean time'].map(paint.dim);
  const rows = summary.groups.map((group) => [
    group.task,
    String(group.total),
    String(group.complete),
    ...kinds.map((kind) => (group[kind] > 0 ? stateColour(kind, paint)(String(group[kind])) : '–')),
    group.duration_ms_mean === null ? '–' : duration(group.duration_ms_mean),
  ]);
  return columns([head, ...rows], '  ');
}

function problems(summary: Summary, { paint, shown }: SummaryLook): string[] {
  const listed = summary.problems
    .filter(({ reason }) => reason !== 'skipped')
    .slice(0, PROBLEMS_SHOWN);
  if (listed.length === 0) return [];
  const all = summary.problems.length + summary.problems_omitted;
  const hidden = all - listed.length;
  return [
    '',
    paint.bold('Problems'),
    ...listed.flatMap(({ task, reason, message, log, diagnosis }) => [
      `  ${paint.red('✗')} ${task}  ${paint.red(reason)}  ${message}`,
      ...(log === null ? [] : [`      ${paint.dim(shown(log))}`]),
      ...(diagnosis === undefined ? [] : [`      ${adviceText(diagnosis)}`]),
    ]),
    ...(hidden > 0 ? [`  ${paint.dim(`and ${hidden} more in RUN_SUMMARY.json`)}`] : []),
  ];
}
