// The closed vocabularies of the protocol: classes, priorities, outcomes. One word per thing, the
// same in file names, records, logs, the CLI and docs/GLOSSARY.md.

export const TASK_CLASSES = ['cpu', 'script', 'llm', 'meta', 'brain'] as const;
export type TaskClass = (typeof TASK_CLASSES)[number];

export const PRIORITIES = { low: 3, normal: 5, high: 8, urgent: 10 } as const;

/**
 * How an attempt ended. Everything but `complete` is also the reason in the name of its file in `failed/`.
 *
 * failed    the command ended with another exit status than 0 or 75
 * crashed   the command was ended by a signal that nobody here sent
 * timeout   it ran past its `timeout` and was ended
 * aborted   ended by an abort signal (TERM)
 * killed    ended by a kill signal (KILL)
 * denied    refused by the permission file or the sandbox before it ran
 * not_now   exit status 75, EX_TEMPFAIL of sysexits(3): no attempt is used up
 * returned  an agent that stops at once gave its work back: no attempt is used up
 * lost      the agent found its claim with nothing running behind it
 * missing_input / missing_output   a path in `requires` / `produces` is not there
 * unrated   it succeeded, and its output waits for the rating that it asks for
 * disapproved  its output was rated below 3 of 5
 * definition  the task itself is wrong; it never ran
 * unserved    none of the models that it names could be loaded; it never ran
 */
export const OUTCOMES = [
  'complete',
  'failed',
  'crashed',
  'timeout',
  'aborted',
  'killed',
  'denied',
  'not_now',
  'returned',
  'lost',
  'missing_input',
  'missing_output',
  'unrated',
  'disapproved',
  'definition',
  'unserved',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Reasons in `failed/` that are no outcome of an attempt: the brain's own decisions about a task that did not run. */
export const DECIDED_REASONS = ['skipped', 'cancelled', 'children_failed'] as const;
export type DecidedReason = (typeof DECIDED_REASONS)[number];

export type FailedReason = Exclude<Outcome, 'complete'> | DecidedReason;
export const FAILED_REASONS: readonly FailedReason[] = [
  ...OUTCOMES.filter((o): o is Exclude<Outcome, 'complete'> => o !== 'complete'),
  ...DECIDED_REASONS,
];

/** Outcomes that use up neither an attempt nor a loss. */
export const FREE_OUTCOMES: ReadonlySet<FailedReason> = new Set(['not_now', 'returned']);

/** What can never be retried by policy: another run would end the same way, or a person decided. */
export const FINAL_REASONS: ReadonlySet<FailedReason> = new Set([
  'denied',
  'aborted',
  'killed',
  'definition',
  'unserved',
  'skipped',
  'cancelled',
  'children_failed',
]);

export const VERDICTS = ['complete', 'failed', 'cancelled', 'rejected'] as const;
export type Verdict = (typeof VERDICTS)[number];
