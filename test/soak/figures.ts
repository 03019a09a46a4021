// What a soak counts: the same record is printed and written with --json.

/** What was done to the processes and to the disk. */
export const TROUBLES = [
  'brain killed',
  'brain stalled',
  'brain stalled and replaced',
  'agent killed',
  'agent killed for longer than its lease',
  'agent stalled',
  'agent stalled beyond its lease',
  'agent stopped by a signal file',
  'agent stopped at once by a signal file',
  'task aborted by a signal file',
  'task killed by a signal file',
  'disk full',
  'disk remounted read-only',
] as const;
export type Trouble = (typeof TROUBLES)[number];

export interface Figures {
  readonly schema: 'tutti.soak/1';
  readonly date: string;
  readonly seed: number;
  readonly minutes: number;
  readonly file_system: string;
  readonly mounts: number;
  /** Why a trouble could not be made here, by trouble. */
  readonly skipped: Record<string, string>;
  readonly troubles: Record<Trouble, number>;
  readonly batches: number;
  readonly tasks: number;
  readonly attempts: number;
  readonly results_checked: number;
  readonly requeues: number;
  readonly late_results: number;
  readonly breaches: readonly string[];
}

const BREACHES_SHOWN = 40;

export const noTroubles = (): Record<Trouble, number> =>
  Object.fromEntries(TROUBLES.map((trouble) => [trouble, 0])) as Record<Trouble, number>;

export function renderFigures(figures: Figures): string {
  const { troubles, skipped, breaches } = figures;
  const done = TROUBLES.filter((trouble) => skipped[trouble] === undefined);
  return [
    `soak of ${figures.minutes} min on ${figures.file_system} (${figures.mounts} mounts), seed ${figures.seed}`,
    `${figures.batches} batches, ${figures.tasks} tasks, ${figures.attempts} attempts, ${figures.results_checked} results checked byte for byte`,
    ...done.map((trouble) => `${String(troubles[trouble]).padStart(5)}  ${trouble}`),
    ...Object.entries(skipped).map(([trouble, why]) => `skipped: ${trouble}: ${why}`),
    `${figures.requeues} requeues, ${figures.late_results} late results set aside, ${breaches.length} breaches`,
    ...breaches.slice(0, BREACHES_SHOWN),
  ].join('\n');
}
