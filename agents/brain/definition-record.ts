// Why a task never ran: the record of a definition error, and of one for which no model could be loaded.
import type { Counts } from '../protocol/lane-name.ts';
import { attemptPaths } from '../protocol/layout.ts';
import type { Outcome } from '../protocol/words.ts';
import { utc } from '../process/clock.ts';
import { writeAttempt } from '../store/attempts.ts';
import type { Effects } from './effects.ts';
import type { Group, OpenBatch } from './model.ts';

/** A definition error has no attempt; its record carries the number 0. */
export const writeDefinitionRecord = (
  effects: Effects,
  open: OpenBatch,
  group: Group,
  message: string,
): Promise<void> => write(effects, open, { task: group.name, attempt: 0 }, 'definition', message);

/** The attempt was released and nobody could begin it. */
export const writeUnservedRecord = (
  effects: Effects,
  open: OpenBatch,
  { task, counts }: { readonly task: string; readonly counts: Counts },
  message: string,
): Promise<void> => write(effects, open, { task, attempt: counts.attempt }, 'unserved', message);

function write(
  effects: Effects,
  open: OpenBatch,
  { task, attempt }: { readonly task: string; readonly attempt: number },
  outcome: Outcome,
  message: string,
): Promise<void> {
  const at = utc(effects.clock);
  const { id: batch, plan } = open.batch;
  return writeAttempt(effects.store, {
    v: 1,
    batch,
    plan,
    task,
    attempt,
    agent: 'brain',
    host: effects.host,
    outcome,
    exit_code: null,
    signal: null,
    message,
    error_type: outcome,
    started_at: at,
    finished_at: at,
    duration_ms: 0,
    vram_peak_mib: null,
    log: attemptPaths(plan, batch, task, attempt).log,
    sandbox: 'none',
  });
}
