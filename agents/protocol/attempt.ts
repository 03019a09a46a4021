// What is known of one attempt. The run file is written by the worker (a shell shim, so its format is
// two lines of text); the record by the agent, before it moves the claim. The record alone counts for
// nothing: only the rename of the claim commits it (docs/adr/0002).
import * as z from 'zod';
import { ratingSchema } from './thought.ts';
import { OUTCOMES } from './words.ts';

export const attemptRecordSchema = z.strictObject({
  v: z.literal(1),
  batch: z.string(),
  plan: z.string(),
  task: z.string(),
  attempt: z.int().min(0),
  agent: z.string(),
  host: z.string(),
  /** Which start of the agent made it; absent where the brain did, as for a loss. */
  incarnation: z.string().optional(),
  outcome: z.enum(OUTCOMES),
  /** Exit status of the command; null when it did not end by itself. */
  exit_code: z.int().nullable(),
  /** The name of the signal that ended it. */
  signal: z.string().nullable(),
  /** One sentence for a person: why it ended like this and what to look at. */
  message: z.string(),
  error_type: z.string().optional(),
  started_at: z.string(),
  finished_at: z.string(),
  duration_ms: z.number().min(0),
  /** Highest VRAM of the whole process group in MiB; null when nothing could measure it. */
  vram_peak_mib: z.number().nullable(),
  /** Relative to `shared/`. */
  log: z.string(),
  log_dropped_bytes: z.int().min(0).optional(),
  /** The last line of output when it is a JSON object: what the task says about itself. */
  result: z.record(z.string(), z.unknown()).optional(),
  /** Of a task that asked for one; the brain adds it when it approves or disapproves. */
  rating: ratingSchema.optional(),
  /** Which sandbox ran it. */
  sandbox: z.enum(['bubblewrap', 'none']),
});
export type AttemptRecord = z.infer<typeof attemptRecordSchema>;

/** A tracked task counts as accepted unless it says otherwise (docs/PLAN_FORMAT.md, goals). */
export const isAccepted = (record: Pick<AttemptRecord, 'outcome' | 'result'>): boolean =>
  record.outcome === 'complete' && record.result?.['accepted'] !== false;

/** A process that cannot be confused with a later one of the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/<pid>/stat, in clock ticks since boot, as text. */
  readonly startTime: string;
  readonly bootId: string;
}

/**
 * A run file: first line `start <boot id> <agent> <the line of /proc/<pid>/stat>`, written with O_EXCL before
 * the command starts; last line `exit <status>`. An agent that finds a claim without a run file creates it
 * with the line `void`, and from then on the worker refuses to start.
 */
export interface RunFile {
  readonly worker: ProcessIdentity | null;
  /** Who started it. */
  readonly agent: string | null;
  readonly exitCode: number | null;
  readonly isVoid: boolean;
}

export const VOID = 'void\n';

// With their ends of line: a torn line must not be read as a smaller number.
const START = /^start (\S+) (\S+) (\d+) \([^\n]*\) ([^\n]*)\n/;
const EXIT = /^exit (\d+)\n/m;

export function parseRunFile(text: string): RunFile {
  const start = START.exec(text);
  const exit = EXIT.exec(text);
  // After the closing parenthesis come field 3 (state) onwards: the start time is field 22.
  const startTime = start?.[4]?.split(' ')[19];
  const worker =
    start === null || startTime === undefined
      ? null
      : { bootId: start[1]!, pid: Number(start[3]), startTime };
  return {
    worker,
    agent: start?.[2] ?? null,
    exitCode: exit === null ? null : Number(exit[1]),
    isVoid: text.startsWith('void'),
  };
}
